"""The life of an alert, after ISA-18.2 and OPC UA Part 9: whether it is active and whether it is acknowledged are two
facts, and what holds back telling lies over both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from .events import (
    Ack,
    Acked,
    Cleared,
    Condition,
    Effect,
    Escalated,
    Event,
    OutOfService,
    Raised,
    Refused,
    Resolve,
    Resolved,
    Retriggered,
    Shelve,
    Suppress,
    Tell,
    Unshelve,
)
from .state import Phase, Settings, State

MOST_LEVELS = 5

Step = tuple[State, list[Effect]]
_Move = Callable[[State, Condition, Settings], Step]


def step(state: State, event: Event, settings: Settings) -> tuple[State, tuple[Effect, ...]]:
    """What becomes of an alert by an event.

    Events come in the order of their times. The same event once more changes nothing. Of the state, nothing has to be
    kept but what is returned.
    """
    before: list[Effect] = []
    if not isinstance(event, Condition):
        # Let the delays that have run out by now take effect first. A condition speaks for its own moment.
        state, before = _ended(state, event.at, settings)
    moved, effects = _moved(state, event, settings)
    ended, after = _ended(moved, event.at, settings)
    told, words = _told(ended, event.at)
    risen, more = _risen(told, event.at, settings)
    return risen, (*before, *effects, *after, *words, *more)


def may_reopen(state: State, at: datetime, settings: Settings) -> bool:
    """Whether a condition that holds at ``at`` opens an alert that is over once more, instead of another one."""
    if state.phase is not Phase.RESOLVED:
        return False
    if state.shelved_until is not None and at < state.shelved_until:
        return True
    over_at = state.resolved_at or state.cleared_at
    return over_at is not None and at < over_at + timedelta(seconds=settings.reopen_within_s)


def _moved(state: State, event: Event, settings: Settings) -> Step:
    match event:
        case Condition():
            return _CONDITION[state.phase, event.holds](state, event, settings)
        case Ack():
            return _acked(state, event)
        case Resolve():
            return _resolved_by_hand(state, event)
        case Shelve() if state.is_open and event.until > event.at:
            return _shelved(state, event), []
        case Unshelve():
            return replace(state, shelved_until=None), []
        case OutOfService():
            return replace(state, out_of_service=event.on), []
        case Suppress():
            return replace(state, suppressed=event.on), []
    return state, []


# What a condition moves


def _stay(state: State, event: Condition, settings: Settings) -> Step:
    return state, []


def _begin(state: State, event: Condition, settings: Settings) -> Step:
    since = min(event.since or event.at, event.at)
    begun = replace(state, phase=Phase.PENDING, since=since, value=event.value)
    return begun, []


def _open(state: State, event: Condition, settings: Settings) -> Step:
    if may_reopen(state, event.at, settings):
        return _begin(state, event, settings)
    return _begin(State(out_of_service=state.out_of_service, suppressed=state.suppressed), event, settings)


def _forget(state: State, event: Condition, settings: Settings) -> Step:
    """The condition did not hold for long enough. What was over before is so again."""
    if state.raised_at is not None:
        return replace(state, phase=Phase.RESOLVED), []
    return State(out_of_service=state.out_of_service, suppressed=state.suppressed), []


def _go_on(state: State, event: Condition, settings: Settings) -> Step:
    return replace(state, phase=Phase.ACTIVE, gone_at=None, value=event.value), []


def _leave(state: State, event: Condition, settings: Settings) -> Step:
    return replace(state, phase=Phase.LEAVING, gone_at=event.at), []


def _again(state: State, event: Condition, settings: Settings) -> Step:
    since = min(event.since or event.at, event.at)
    return _activate(replace(state, since=since, value=event.value), event.at)


def _keep_pending(state: State, event: Condition, settings: Settings) -> Step:
    return replace(state, value=event.value), []


_CONDITION: dict[tuple[Phase, bool], _Move] = {
    (Phase.NORMAL, True): _open,
    (Phase.NORMAL, False): _stay,
    (Phase.PENDING, True): _keep_pending,
    (Phase.PENDING, False): _forget,
    (Phase.ACTIVE, True): _go_on,
    (Phase.ACTIVE, False): _leave,
    (Phase.LEAVING, True): _go_on,
    (Phase.LEAVING, False): _stay,
    (Phase.LATCHED, True): _again,
    (Phase.LATCHED, False): _stay,
    (Phase.RESOLVED, True): _open,
    (Phase.RESOLVED, False): _stay,
}
"""What a condition that holds, or does not, makes of each phase. Delays end in :func:`_ended`."""


# What people do


def _acked(state: State, event: Ack) -> Step:
    if state.acked or state.status in ("", "pending"):
        return state, []
    # An acknowledgement counts as having been told: nobody needs a message about this trigger after it.
    knows = state.told_at is not None and not _is_back(state)
    acked = replace(state, acked=True, told_at=state.told_at if knows else event.at)
    if state.phase is Phase.LATCHED:
        return replace(acked, phase=Phase.RESOLVED, resolved_at=event.at), [Acked(), Resolved()]
    return acked, [Acked()]


def _shelved(state: State, event: Shelve) -> State:
    """An alert that is not acknowledged is told again when the shelf expires."""
    if state.acked:
        return replace(state, shelved_until=event.until)
    return replace(state, shelved_until=event.until, told_at=None, held=True)


def _resolved_by_hand(state: State, event: Resolve) -> Step:
    if state.active:
        return state, [Refused()]
    if state.phase is Phase.LATCHED:
        return replace(state, phase=Phase.RESOLVED, resolved_at=event.at), [Resolved()]
    return state, []


# What time does


def _ended(state: State, at: datetime, settings: Settings) -> Step:
    """Apply what is due by now: expired delays, an expired shelf, and telling anew what has come back for good."""
    effects: list[Effect] = []
    if state.phase is Phase.PENDING and _over(state.since, settings.on_delay_s, at):
        state, effects = _activate(state, at)
    elif state.phase is Phase.LEAVING and _over(state.gone_at, settings.off_delay_s, at):
        state, effects = _clear(state, at, settings)
    if (
        state.phase is Phase.ACTIVE
        and _is_back(state)
        and _over(state.triggered_at, settings.reopen_within_s, at)
    ):
        # It has stayed active for too long to be flicker, and those who were told believe that it cleared.
        state = replace(state, acked=False, told_at=None)
    if state.shelved_until is not None and at >= state.shelved_until:
        state = replace(state, shelved_until=None)
    return state, effects


def _over(began: datetime | None, seconds: float, at: datetime) -> bool:
    return began is not None and at >= began + timedelta(seconds=seconds)


def _activate(state: State, at: datetime) -> Step:
    """Active from now on. An alert that is opened again is as acknowledged, and people as told, as before, until it has
    lasted; one that was latched has been missed, so that it is new to everybody.
    """
    missed = state.phase is Phase.LATCHED
    active = replace(
        state,
        phase=Phase.ACTIVE,
        raised_at=state.raised_at or at,
        triggered_at=at,
        cleared_at=None,
        resolved_at=None,
        gone_at=None,
        triggers=state.triggers + 1,
        told_at=None if missed else state.told_at,
    )
    return active, [Raised() if state.raised_at is None else Retriggered()]


def _clear(state: State, at: datetime, settings: Settings) -> Step:
    active_s = state.active_s
    if state.gone_at and state.triggered_at:
        # The times are those of the condition: it may have gone while the on-delay ran.
        active_s += max(0.0, (state.gone_at - state.triggered_at).total_seconds())
    cleared = replace(state, cleared_at=state.gone_at, gone_at=None, active_s=active_s)
    # Latching is for alerts that people were told of, not for those that stayed suppressed or shelved throughout.
    if settings.latch and state.was_told and not state.acked:
        return replace(cleared, phase=Phase.LATCHED, suppressed=False), [Cleared()]
    return replace(cleared, phase=Phase.RESOLVED, resolved_at=at), [Cleared(), Resolved()]


def _is_back(state: State) -> bool:
    """Whether its last trigger came after people were told."""
    return state.told_at is not None and state.triggered_at is not None and state.told_at < state.triggered_at


def _told(state: State, at: datetime) -> Step:
    if not state.active or state.acked or state.told_at is not None:
        return state, []
    if state.quiet:
        return replace(state, held=True), []
    told = replace(state, told_at=at, held=False, was_told=True, level=0)
    return told, [Tell("released" if state.held else "raised")]


def _risen(state: State, at: datetime, settings: Settings) -> Step:
    if (
        not settings.escalate_after_s
        or state.told_at is None
        or state.quiet
        or state.acked
        or not state.active
    ):
        return state, []
    level = min(MOST_LEVELS, int((at - state.told_at).total_seconds() // settings.escalate_after_s))
    if level <= state.level:
        return state, []
    return replace(state, level=level), [Escalated(level)]
