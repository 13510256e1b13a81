"""A reading on its way to the server."""

from __future__ import annotations

from dataclasses import dataclass

from .sample import Sample


@dataclass
class Waiting:
    """A reading that the server has not confirmed yet.

    :ivar key: its place in the order: ascending on the disk; negative while it is in memory only
    :ivar at_ms: the time under which it was sent, in milliseconds since 1970; None before the first try. From then on
        it stays, since the server knows a reading that comes again by it.
    """

    key: int
    sample: Sample
    at_ms: int | None = None
