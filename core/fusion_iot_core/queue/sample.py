"""A measurement before it has a calendar time, and when it was taken by the clocks of this device."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """An instant by the clocks of this device.

    :ivar boot: which run of the kernel it belongs to
    :ivar up_ms: milliseconds since then, which never jump
    :ivar wall_ms: what the system's clock said, in milliseconds since 1970; wrong until it is set
    """

    boot: str
    up_ms: int
    wall_ms: int


@dataclass(frozen=True)
class Sample:
    """One value of one probe, °C."""

    serial: str
    value: float
    taken: Moment
