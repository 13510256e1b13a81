"""`python3 -m fusion_probe_agent`."""

from .cli import command

command()
