"""Hypothesis for tests whose examples take as long as the machine needs."""

from hypothesis import HealthCheck, settings

# How long an example takes is a matter of the machine.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
