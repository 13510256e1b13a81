"""Sending what `iot.alert.delivery` has: the worker, and what talks to servers outside any transaction."""
