"""The detector: moves the state of a machine over messages, over time and by a person's word.

What a meter says holds until it says something else. So the time between two messages belongs to what the
first said, a threshold is crossed with the message that says so, and what falls due between two messages (a
debounce, a timeout) happens at its own instant, whether :func:`tick` asks for it or the next message does.
Therefore the same messages give the same sessions, however they are batched and whenever somebody asks.

Messages count in the order they come. One that is earlier than the one before, or lies before the last change of
phase, is late and changes nothing. Of one instant, whose end a coarse clock does not tell, there may be several: what
comes later counts, and only what was said in that very instant already is a repetition.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import copysign

from .actions import ACTIONS, account_to, turn, with_active
from .coast import coast
from .config import SessionConfig
from .events import Event, Heartbeat, StateChanged
from .phases import EndReason, Manual, Phase
from .sample import LATEST, UTC, Gone, Message, Said, Sample, sense, utc, word_of
from .state import Beat, SessionState, tell
from .table import TRANSITIONS, Signal
from .timers import next_due, steady

_ON = (Phase.STANDBY, Phase.WORKING)
_LAST, _POWER, _SAID, _GONE = map(SessionState._fields.index, ("last_at", "power_w", "said", "gone_at"))
assert (_POWER, _GONE) == (_LAST + 1, _SAID + 1)
MOST_SAID = 16
"""What was said in one instant, as far as it is kept to know repetitions by."""


def advance(
    state: SessionState, config: SessionConfig, samples: Iterable[Message]
) -> tuple[SessionState, list[Event]]:
    """Move ``state`` over messages in the order they came.

    :returns: the new state and what happened, in order of time
    """
    events: list[Event] = []
    batch: Sequence[Message] = samples if isinstance(samples, list) else list(samples)
    done, count = 0, len(batch)
    while done < count:
        state, done = coast(state, config, batch, done)
        if done < count:
            state = _take(state, config, batch[done], events)
            done += 1
    return state, events


def tick(state: SessionState, config: SessionConfig, now: datetime) -> tuple[SessionState, list[Event]]:
    """Have happen what is due up to ``now`` if no message comes.

    Without something due the state is returned as it is. ``now`` belongs to the clock of the samples: not the
    server's time, but the last sample's time plus the time since that was received. Otherwise a device whose
    clock is slow, or a backlog, would be taken for silent. A message that comes after a tick beyond its time
    may be late.
    """
    events: list[Event] = []
    return _run_until(state, config, _at_utc(now), events), events


def due_at(state: SessionState, config: SessionConfig) -> datetime | None:
    """From when on :func:`tick` would change something; ``None`` when it would not before another message."""
    if state.withheld:
        return state.withheld[0].at + config.false_zero
    due = next_due(state, config)
    return due.at if due else None


def manual_start(
    state: SessionState, config: SessionConfig, at: datetime
) -> tuple[SessionState, list[Event]]:
    """A person starts a session at ``at`` (clock of the samples).

    ``IDLE``: the session begins now, in standby, and being off does not end it, nor does silence, until the
    machine has been on for the first time; what is then off ends it as any other. ``STARTING``: what is on
    trial is the session, without waiting. ``STOPPING``: the pause is over and belongs to the session, which
    stays open as above. ``STANDBY`` and ``WORKING``: nothing, there is a session.
    """
    events: list[Event] = []
    state, at = _at_hand(state, config, at, events)
    if state.phase in _ON:
        return state, events
    if state.trial is not None:
        return _signal(state, config, steady(state), at, events), events
    if state.last_at is None or at - state.last_at > config.timeout:
        state = state._replace(power_w=0.0)  # nobody knows
    state = state._replace(manual=Manual.STARTED)
    state = _signal(state, config, Signal.START, at, events)
    return _see(state, config, at, events), events


def manual_stop(state: SessionState, config: SessionConfig, at: datetime) -> tuple[SessionState, list[Event]]:
    """A person ends the session at ``at`` (clock of the samples).

    It ends now, in ``STOPPING`` where power went. While the machine stays on, no other session starts: it has
    to be off for as long as ends a session, or its meter silent, or a person starts one. ``STARTING``: what is
    on trial is forgotten, likewise. ``IDLE``: nothing.
    """
    events: list[Event] = []
    state, at = _at_hand(state, config, at, events)
    return _signal(state, config, Signal.STOP, at, events), events


def _take(state: SessionState, config: SessionConfig, sample: Message, events: list[Event]) -> SessionState:
    """Move the state over one message."""
    at, power_w, reading_wh = sample
    at = _at_utc(at)
    counted = power_w, reading_wh = sense(power_w, reading_wh)
    now = word_of(sample, counted)
    newest = state.withheld[-1].at if state.withheld else state.last_at
    said: tuple[Said, ...] = (now,)
    if at == newest:
        if now in state.said:
            return state
        said = (*state.said, now)[-MOST_SAID:]
    elif (newest is not None and at < newest) or at > LATEST:
        return state
    if state.since is not None and at < state.since:
        return state
    gone_at = at if type(sample) is Gone else None
    state = _run_until(state, config, at, events)
    if state.withheld:
        if not power_w:
            zero = state.withheld[0]
            if at == zero.at and power_w is not None and copysign(1.0, power_w) < 0:
                zero = zero._replace(power_w=power_w)
            zeros = (zero, Sample(at, 0.0, reading_wh))
            return state._replace(withheld=zeros, said=said, gone_at=gone_at)
        state = _fire(_unsay(state, config, events), config, at, events)
    elif power_w == 0 and state.power_w > 0 and _on(state) and config.false_zero:
        return state._replace(withheld=(Sample(at, power_w, reading_wh),), said=said, gone_at=gone_at)
    return _apply(state, config, (at, power_w, reading_wh), events, said, gone_at)


def _on(state: SessionState) -> bool:
    return state.phase in _ON or state.trial is not None


def _run_until(
    state: SessionState, config: SessionConfig, until: datetime, events: list[Event]
) -> SessionState:
    """Have happen what is due up to ``until``.

    While a zero is withheld the machine's time stands still: what is due after it depends on whether it is
    true.
    """
    if state.withheld:
        if until < state.withheld[0].at + config.false_zero:
            return state
        state = _believe(state, config, events)
    return _fire(state, config, until, events)


def _fire(state: SessionState, config: SessionConfig, until: datetime, events: list[Event]) -> SessionState:
    due = next_due(state, config)
    while due is not None and due.at <= until:
        state = _signal(state, config, due.signal, due.at, events)
        due = next_due(state, config)
    return state


def _believe(state: SessionState, config: SessionConfig, events: list[Event]) -> SessionState:
    """The zeros that were withheld are true."""
    zeros, state = state.withheld, state._replace(withheld=())
    for zero in zeros:
        state = _apply(_fire(state, config, zero.at, events), config, zero, events, state.said)
    return state


def _unsay(state: SessionState, config: SessionConfig, events: list[Event]) -> SessionState:
    """The zeros that were withheld are false: all they say is that the meter lives."""
    zeros, state = state.withheld, state._replace(withheld=())
    for zero in zeros:
        alive = Sample(zero.at, None, None)
        state = _apply(_fire(state, config, zero.at, events), config, alive, events, state.said)
    return state


def _apply(
    state: SessionState,
    config: SessionConfig,
    sample: Message,
    events: list[Event],
    said: tuple[Said, ...],
    gone_at: datetime | None = None,
) -> SessionState:
    """Take what a message says, when all that was due before it has happened.

    :param said: all that was said in its instant
    :param gone_at: since when the meter is gone, if that is what it says
    """
    at, power_w, reading_wh = sample
    switched_off = power_w is not None and copysign(1.0, power_w) < 0
    if switched_off:
        power_w = 0.0
    state = account_to(state, at, (power_w, reading_wh))
    state = _beat(state, config, at, events)
    if state.manual is Manual.STOPPED:
        state = _hold_back(state, config, at, state.power_w if power_w is None else power_w)
    held = state.power_w if power_w is None else power_w
    state = _heard(state, at, held, said, gone_at)
    state = _see(state, config, at, events)
    if switched_off and state.pause is not None and state.pause.start_at == at:
        state = state._replace(reason=EndReason.NORMAL)
    active = state.active
    if active is not None:
        if power_w is not None or state.power_w > active.peak_w:
            seen = active.saw(state.power_w, at)
            if seen is not active:
                active, state = seen, with_active(state, seen)
        if active.counter.reading_wh is None and reading_wh is not None:
            counter = active.counter._replace(reading_wh=reading_wh, moved_at=at)
            state = with_active(state, active._replace(counter=counter))
    return _fire(state, config, at, events)


def _heard(
    state: SessionState, at: datetime, power_w: float, said: tuple[Said, ...], gone_at: datetime | None
) -> SessionState:
    """The state with what was heard last. It is `_replace` in half the time, once for each message."""
    head, middle, tail = state[:_LAST], state[_LAST + 2 : _SAID], state[_SAID + 2 :]
    return tuple.__new__(SessionState, (*head, at, power_w, *middle, said, gone_at, *tail))


def _see(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    """Have the power of now do what it does."""
    if state.manual is Manual.STARTED and state.power_w >= config.standby_threshold_w:
        state = state._replace(manual=Manual.NONE)
    signal = _read(state, config)
    if signal is not Signal.OFF and (state.working is not (signal is Signal.WORK)):
        state = turn(state._replace(working=signal is Signal.WORK), at)
    return _signal(state, config, signal, at, events)


def _read(state: SessionState, config: SessionConfig) -> Signal:
    """What the power of now is in this phase: the thresholds to come up are higher than those to go down."""
    if state.manual is Manual.STOPPED:
        return Signal.OFF
    if state.phase is Phase.IDLE:
        least = config.start_w
    elif state.phase is Phase.STARTING:
        least = config.start_keep_w
    elif state.phase is Phase.STOPPING and state.trial is None:
        least = config.standby_threshold_w
    else:
        least = 0.0 if state.manual is Manual.STARTED else config.stop_w
    if state.power_w < least:
        return Signal.OFF
    works_from = config.working_stop_w if state.working else config.working_threshold_w
    return Signal.WORK if state.power_w >= works_from else Signal.REST


def _hold_back(state: SessionState, config: SessionConfig, at: datetime, power_w: float) -> SessionState:
    """After a manual stop: whether the machine has been off since, so that a session may start again."""
    long_quiet = state.quiet_at is not None and at - state.quiet_at >= config.stop_wait
    long_silent = state.last_at is not None and at - state.last_at > config.timeout
    if long_quiet or long_silent:
        return state._replace(manual=Manual.NONE, quiet_at=None)
    if power_w >= config.stop_w:
        return state._replace(quiet_at=None)
    return state if state.quiet_at else state._replace(quiet_at=at)


def _signal(
    state: SessionState, config: SessionConfig, signal: Signal, at: datetime, events: list[Event]
) -> SessionState:
    """Look the signal up in the table and do what it says."""
    transition = TRANSITIONS.get((state.phase, signal))
    if transition is None:
        return state
    before, had_session, told = state.phase, state.run is not None, len(events)
    turns = state.trial.turns if state.trial and had_session and transition.to in _ON else ()
    state = ACTIONS[transition.action](state, config, at, events)
    if transition.to is before:
        return state
    ended = had_session and state.run is None
    change = StateChanged(at, before, transition.to, state.power_w, turns)
    events.insert(told if ended else len(events), change)
    return state._replace(phase=transition.to, since=at)


def _beat(state: SessionState, config: SessionConfig, at: datetime, events: list[Event]) -> SessionState:
    """Tell the account of the open session if that is due."""
    run, beat = state.run, state.beat
    if run is None or beat is None or beat.due_at is None or at < beat.due_at or state.phase not in _ON:
        return state
    events.append(
        Heartbeat(
            at,
            tell(run),
            (run.working - beat.working).total_seconds(),
            (run.standby - beat.standby).total_seconds(),
            state.power_w,
        )
    )
    due_at = None
    if config.heartbeat:
        due_at = run.start_at + config.heartbeat * ((at - run.start_at) // config.heartbeat + 1)
    return state._replace(beat=Beat(due_at, run.standby, run.working))


def _at_hand(
    state: SessionState, config: SessionConfig, at: datetime, events: list[Event]
) -> tuple[SessionState, datetime]:
    """Bring the state to the moment of a person's word, which is not before what is known already."""
    known = [each for each in (state.last_at, state.since) if each is not None]
    known += [zero.at for zero in state.withheld[-1:]]
    at = max([_at_utc(at), *known])
    if state.withheld:
        state = _believe(state, config, events)  # a person's word settles it
    return _fire(state, config, at, events), at


def _at_utc(at: datetime) -> datetime:
    return at if at.tzinfo is UTC else utc(at)
