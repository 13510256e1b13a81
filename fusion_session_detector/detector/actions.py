"""What the transitions of the table do to the accounts of a machine."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from .account import Account
from .config import SessionConfig
from .events import Event, SessionEnded, SessionStarted
from .phases import EndReason, Manual, Phase
from .state import Beat, SessionState, tell
from .table import Action

Do = Callable[[SessionState, SessionConfig, datetime, list[Event]], SessionState]


def _nothing(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    return state


def _begin(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    return state if state.trial else state._replace(trial=_account(state, at))


def _forget(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    return state._replace(trial=None, working=False)


def _forget_by_hand(
    state: SessionState, config: SessionConfig, at: datetime, events: list[Event]
) -> SessionState:
    return _forget(state, config, at, events)._replace(manual=Manual.STOPPED, quiet_at=None)


def _open(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    assert state.trial is not None
    return _opened(state, state.trial, config, at, events, by_hand=False)


def _open_by_hand(
    state: SessionState, config: SessionConfig, at: datetime, events: list[Event]
) -> SessionState:
    return _opened(state, _account(state, at), config, at, events, by_hand=True)


def _opened(
    state: SessionState,
    run: Account,
    config: SessionConfig,
    at: datetime,
    events: list[Event],
    *,
    by_hand: bool,
) -> SessionState:
    events.append(SessionStarted(at, tell(run), by_hand))
    due_at = run.start_at + config.heartbeat if config.heartbeat else None
    nothing_told = Beat(due_at, run.standby - run.standby, run.working - run.working)
    return state._replace(run=run, trial=None, beat=nothing_told, quiet_at=None)


def _fall(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    dropped = state.working and config.has_standby
    return state._replace(
        pause=_account(state, at),
        reason=EndReason.POWER_DROP if dropped else EndReason.NORMAL,
        working=False,
    )


def _return(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    return state if state.trial else state._replace(trial=_account(state, at))


def _fail(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    if state.trial is None:
        return state
    assert state.pause is not None
    return state._replace(pause=state.pause.join(state.trial.at_rest()), trial=None, working=False)


def _resume(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    assert state.run is not None
    assert state.pause is not None
    run = state.run.join(state.pause)
    return state._replace(
        run=run.join(state.trial) if state.trial else run, pause=None, trial=None, reason=None
    )


def _end_fallen(
    state: SessionState, config: SessionConfig, at: datetime, events: list[Event]
) -> SessionState:
    assert state.pause is not None
    assert state.reason is not None
    fell_at, power_w = state.pause.start_at, state.pause.start_power_w
    goes_on = (
        state.trial is not None and state.power_w >= config.start_keep_w and not _silent(state, config, at)
    )
    trial = state.trial if goes_on else None
    working = state.working and goes_on
    ended = _ended(state, at, fell_at, power_w, state.reason, events)
    return ended._replace(trial=trial, working=working)


def _end_silent(
    state: SessionState, config: SessionConfig, at: datetime, events: list[Event]
) -> SessionState:
    assert state.run is not None
    assert state.last_at is not None
    end_at = max(state.last_at, state.run.start_at)
    return _ended(state, at, end_at, state.power_w, EndReason.TIMEOUT, events)


def _end_by_hand(
    state: SessionState, config: SessionConfig, at: datetime, events: list[Event]
) -> SessionState:
    """The session ends now, or where power went if it is away; the next needs the machine to be off first."""
    if state.phase is Phase.STOPPING:
        assert state.pause is not None
        quiet_at = None if state.trial else state.pause.start_at
        ended = _ended(state, at, state.pause.start_at, state.pause.start_power_w, EndReason.MANUAL, events)
        return ended._replace(manual=Manual.STOPPED, quiet_at=quiet_at)
    still_on = state.power_w >= config.stop_w
    ended = _ended(account_to(state, at, None), at, at, state.power_w, EndReason.MANUAL, events)
    return ended._replace(manual=Manual.STOPPED) if still_on else ended


def _ended(
    state: SessionState,
    at: datetime,
    end_at: datetime,
    power_w: float,
    reason: EndReason,
    events: list[Event],
) -> SessionState:
    assert state.run is not None
    assert state.beat is not None
    events.append(
        SessionEnded(
            at,
            tell(state.run, end_at, power_w, reason),
            (state.run.working - state.beat.working).total_seconds(),
            (state.run.standby - state.beat.standby).total_seconds(),
        )
    )
    return state._replace(
        run=None,
        pause=None,
        trial=None,
        beat=None,
        reason=None,
        working=False,
        manual=Manual.NONE,
        quiet_at=None,
    )


def account_to(state: SessionState, at: datetime, reading_wh: float | None) -> SessionState:
    """Give the time up to ``at`` to what held it: the power of the last message.

    :param reading_wh: what the meter's counter says at ``at``
    """
    active = state.active
    if active is None:
        return state
    held_from = active.start_at if state.last_at is None else max(state.last_at, active.start_at)
    grown = active.grow(at - held_from, state.power_w, state.working, reading_wh)
    return with_active(state, grown)


def with_active(state: SessionState, account: Account) -> SessionState:
    """The state with ``account`` in the place of the one that time goes to."""
    if state.trial is not None:
        return state._replace(trial=account)
    if state.pause is not None:
        return state._replace(pause=account)
    return state._replace(run=account)


def _account(state: SessionState, at: datetime) -> Account:
    return Account(at, state.power_w, state.power_w)


def _silent(state: SessionState, config: SessionConfig, at: datetime) -> bool:
    return state.last_at is not None and at - state.last_at > config.timeout


ACTIONS: Mapping[Action, Do] = MappingProxyType(
    {
        Action.NOTHING: _nothing,
        Action.BEGIN: _begin,
        Action.FORGET: _forget,
        Action.FORGET_BY_HAND: _forget_by_hand,
        Action.OPEN: _open,
        Action.OPEN_BY_HAND: _open_by_hand,
        Action.FALL: _fall,
        Action.RETURN: _return,
        Action.FAIL: _fail,
        Action.RESUME: _resume,
        Action.RESUME_BY_HAND: _resume,
        Action.END_FALLEN: _end_fallen,
        Action.END_SILENT: _end_silent,
        Action.END_BY_HAND: _end_by_hand,
    }
)
