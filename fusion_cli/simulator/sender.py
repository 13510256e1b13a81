"""What brings live readings to the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .line import Reading


class Sender(Protocol):
    """A way to the server. It must not raise, and survives that the other side is away."""

    def send(self, now: int, readings: Sequence[Reading]) -> None:
        """Bring readings on their way; called every few seconds, at `now` (epoch seconds), even with none."""
        ...
