"""The command of the probe agent: configuration, checks, log. What it runs is `fusion_iot_core.probe`."""

__version__ = "1.0.0"
