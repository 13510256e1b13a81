"""Whether a value is beyond its limits."""

from __future__ import annotations


def beyond(
    value: float,
    low: float | None,
    high: float | None,
    deadband: float = 0.0,
    was_beyond: bool = False,
) -> bool:
    """Whether a value is beyond its limits; one that was, is until it is inside by the deadband.

    A deadband that leaves no room between the limits is as good as half of the room.

    :param deadband: unit of the value
    """
    inward = deadband if was_beyond else 0.0
    low_edge, high_edge = low, high
    if low is not None and high is not None:
        middle = (low + high) / 2
        low_edge, high_edge = min(low + inward, middle), max(high - inward, middle)
    elif low is not None:
        low_edge = low + inward
    elif high is not None:
        high_edge = high - inward
    return (low_edge is not None and value < low_edge) or (high_edge is not None and value > high_edge)
