"""From readings to excursions: when a sensor leaves its specification and when it is back.

The state of a sensor moves with readings in the order of their source time. An excursion starts with the
first reading out of spec, counts once it has lasted ``delay`` seconds, and ends with the first reading that
is inside the limits by the deadband (ISA-18.2 calls the two on-delay and deadband).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from .limits import Limits
from .severity import worse


class SensorState(NamedTuple):
    """Where a sensor stands.

    :ivar since: source time of the first reading of the present run out of spec; ``None`` when in spec
    :ivar raised: the run has lasted its delay and counts as an excursion
    :ivar worst: the value of the run furthest out
    """

    since: datetime | None = None
    raised: bool = False
    worst: float | None = None


@dataclass(frozen=True, slots=True)
class ExcursionStarted:
    """A run out of spec has come to count as an excursion.

    :ivar since: source time of its first reading
    :ivar value: the reading that made it count
    :ivar worst: the value furthest out so far
    :ivar limits: the limits that reading was judged by
    """

    since: datetime
    value: float
    worst: float
    limits: Limits


@dataclass(frozen=True, slots=True)
class WorseValue:
    """The excursion that is going on went further out."""

    value: float


@dataclass(frozen=True, slots=True)
class BackInSpec:
    """The excursion ended at the source time ``at``."""

    at: datetime


Event = ExcursionStarted | WorseValue | BackInSpec
_IN_SPEC = SensorState()


def advance(
    state: SensorState,
    limits: Limits,
    readings: Sequence[tuple[datetime, float]],
    *,
    deadband: float = 0.0,
    delay: float = 0.0,
) -> tuple[SensorState, list[Event]]:
    """Move ``state`` over good readings in ascending order of time.

    :param limits: in force for all of them
    :param readings: ``(source time, value)``
    :param deadband: unit of the value
    :param delay: seconds
    :returns: the new state and what happened, in order; of several worsenings only the last. Without a specification
        nothing happens: an excursion is not over because its limits are gone
    """
    if not limits.specified:
        return state, []
    events: list[Event] = []
    for at, value in readings:
        if not limits.in_spec(value):
            started = state.since or at
            worst = value if worse(value, state.worst, limits) else state.worst
            assert worst is not None
            if state.raised:
                if worst != state.worst:
                    if events and isinstance(events[-1], WorseValue):
                        events.pop()
                    events.append(WorseValue(worst))
                state = state._replace(worst=worst)
            else:
                raised = (at - started).total_seconds() >= delay
                if raised:
                    events.append(ExcursionStarted(started, value, worst, limits))
                state = SensorState(started, raised, worst)
        elif state.since is not None and (not state.raised or limits.well_inside(value, deadband)):
            if state.raised:
                events.append(BackInSpec(at))
            state = _IN_SPEC
    return state, events
