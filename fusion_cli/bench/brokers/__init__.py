"""Brokers of other makes, each behind one connection, and what is tried with them."""
