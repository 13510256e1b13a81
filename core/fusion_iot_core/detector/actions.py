"""What the transitions of the table do to the accounts of a machine."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from .account import MOST_TURNS, ZERO, Account
from .config import SessionConfig
from .counter import UNREAD, Counter
from .events import Event, SessionEnded, SessionStarted, SessionVoided
from .phases import EndReason, Manual, Phase
from .sample import Said
from .state import Beat, SessionState, tell
from .table import Action

Do = Callable[[SessionState, SessionConfig, datetime, list[Event]], SessionState]
_RUN, _PAUSE, _TRIAL = map(SessionState._fields.index, ("run", "pause", "trial"))


def _nothing(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    return state


def _begin(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    return state if state.trial else state._replace(trial=_trial(state, at))


def _forget(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    return state._replace(trial=None, working=False, step_wh=_step(state))


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
    events.append(SessionStarted(at, tell(run), by_hand, run.turns))
    if run.turns:
        run = run._replace(turns=())
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
    return state if state.trial else state._replace(trial=_trial(state, at))


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
    ended = _ended(state, config, at, fell_at, power_w, state.reason, events)
    return ended._replace(trial=trial, working=working)


def _end_silent(
    state: SessionState, config: SessionConfig, at: datetime, events: list[Event]
) -> SessionState:
    assert state.run is not None
    assert state.last_at is not None
    end_at = max(state.last_at, state.run.start_at)
    return _ended(state, config, at, end_at, state.power_w, EndReason.TIMEOUT, events)


def _end_by_hand(
    state: SessionState, config: SessionConfig, at: datetime, events: list[Event]
) -> SessionState:
    """The session ends now, or where power went if it is away; the next needs the machine to be off first."""
    if state.phase is Phase.STOPPING:
        assert state.pause is not None
        quiet_at = None if state.trial else state.pause.start_at
        fell_at, power_w = state.pause.start_at, state.pause.start_power_w
        ended = _ended(state, config, at, fell_at, power_w, EndReason.MANUAL, events)
        return ended._replace(manual=Manual.STOPPED, quiet_at=quiet_at)
    still_on = state.power_w >= config.stop_w
    ended = _ended(account_to(state, at), config, at, at, state.power_w, EndReason.MANUAL, events)
    return ended._replace(manual=Manual.STOPPED) if still_on else ended


def _ended(
    state: SessionState,
    config: SessionConfig,
    at: datetime,
    end_at: datetime,
    power_w: float,
    reason: EndReason,
    events: list[Event],
) -> SessionState:
    assert state.run is not None
    assert state.beat is not None
    session = tell(state.run, end_at, power_w, reason)
    lasted = end_at - state.run.start_at
    if lasted <= ZERO or (lasted < config.start_wait and reason is not EndReason.MANUAL):
        events.append(SessionVoided(at, session))
    else:
        events.append(
            SessionEnded(
                at,
                session,
                (state.run.working - state.beat.working).total_seconds(),
                (state.run.standby - state.beat.standby).total_seconds(),
            )
        )
    return state._replace(
        step_wh=_step(state),
        run=None,
        pause=None,
        trial=None,
        beat=None,
        reason=None,
        working=False,
        manual=Manual.NONE,
        quiet_at=None,
    )


def account_to(state: SessionState, at: datetime, said: Said = (None, None)) -> SessionState:
    """Give the time up to ``at`` to what held it: the power of the last message.

    :param said: what the meter says at ``at``
    """
    active = state.active
    if active is None:
        return state
    held_from = active.start_at if state.last_at is None else max(state.last_at, active.start_at)
    grown = active.grow(at - held_from, state.power_w, state.working, at, said)
    return with_active(state, grown)


def with_active(state: SessionState, account: Account) -> SessionState:
    """The state with ``account`` in the place of the one that time goes to."""
    place = _TRIAL if state.trial is not None else _PAUSE if state.pause is not None else _RUN
    # Half of what `_replace` takes, for every message that changes more than the account.
    return tuple.__new__(SessionState, (*state[:place], account, *state[place + 1 :]))


def turn(state: SessionState, at: datetime) -> SessionState:
    """Note when power on trial went to work, or from it."""
    trial = state.trial
    if trial is None or len(trial.turns) >= MOST_TURNS:
        return state
    return state._replace(trial=trial._replace(turns=(*trial.turns, (at, state.working))))


def _account(state: SessionState, at: datetime) -> Account:
    """An account from now on."""
    return Account(at, state.power_w, state.power_w, counter=_counter(state))


def _trial(state: SessionState, at: datetime) -> Account:
    return Account(at, state.power_w, state.power_w, counter=_counter(state), turns=((at, state.working),))


def _counter(state: SessionState) -> Counter:
    """What is known of the counter, before its first reading in an account."""
    before = state.active
    if before is not None:
        return before.counter.unread()
    return UNREAD if state.step_wh is None else Counter(step_wh=state.step_wh)


def _step(state: SessionState) -> float | None:
    """The smallest step of the counter, when its accounts are closed."""
    step = state.active.counter.step_wh if state.active else None
    return state.step_wh if step is None else step


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
