"""`fusion bench`: what the ingest path costs, as ratios measured in one run on one machine."""

from .bench import main

__all__ = ["main"]
