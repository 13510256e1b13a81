"""Alerts: what a type of rule brings, and the engine that moves the alerts of all rules."""
