"""The straight stretch: messages that change nothing but the account.

Nearly all messages are such. They are taken here in one go, with the same arithmetic in the same order as one
by one, so that it makes no difference which way a message goes.
"""

from collections.abc import Sequence
from datetime import datetime

from .account import FOREVER, INFINITY, SECONDS_PER_HOUR, Account, settle
from .config import SessionConfig
from .phases import Manual, Phase
from .sample import UTC, Message, utc
from .state import SessionState

_IDLE, _STANDBY, _WORKING, _STOPPING = Phase.IDLE, Phase.STANDBY, Phase.WORKING, Phase.STOPPING
_FREE = Manual.NONE


def coast(
    state: SessionState, config: SessionConfig, samples: Sequence[Message], done: int
) -> tuple[SessionState, int]:
    """Take the samples from number ``done`` on as far as they change nothing but the account.

    :returns: the state after them, and the number of the first sample that was not taken
    """
    last_at, since = state.last_at, state.since
    if (
        last_at is None
        or (since is not None and since > last_at)
        or state.withheld
        or state.trial is not None
        or state.manual is not _FREE
    ):
        return state, done
    if state.phase is _IDLE:
        return _off(state, config, samples, done, last_at)
    account, least, most, until = _stretch(state, config)
    grown, last_at, held, done = _grow(state, config, samples, done, last_at, (account, least, most, until))
    if grown is account:
        return state, done
    phase, _, _, _, working, run, pause, _, beat, reason, _, _, _ = state
    if pause is None:
        run = grown
    else:
        pause = grown
    return SessionState(phase, since, last_at, held, working, run, pause, None, beat, reason), done


def _stretch(state: SessionState, config: SessionConfig) -> tuple[Account, float, float, datetime]:
    """The account that time goes to, the power that changes nothing (from, below), and until when."""
    if state.pause is not None:
        return state.pause, 0.0, config.standby_threshold_w, state.pause.start_at + config.stop_wait
    assert state.run is not None
    until = (state.beat and state.beat.due_at) or FOREVER
    if state.phase is _WORKING:
        return state.run, config.working_stop_w, INFINITY, until
    return state.run, config.stop_w, config.working_threshold_w, until


def _grow(
    state: SessionState,
    config: SessionConfig,
    samples: Sequence[Message],
    done: int,
    last_at: datetime,
    stretch: tuple[Account, float, float, datetime],
) -> tuple[Account, datetime, float, int]:
    """The account, the last message's time and power, and the number of the first sample not taken."""
    account, least, most, until = stretch
    start_at, start_power, peak, standby, worked, settled, bridge, counter, fell_from = account
    held, timeout, began_at, count = state.power_w, config.timeout, last_at, len(samples)
    span = worked if state.working else standby
    while done < count:
        at, power, reading = samples[done]
        if at.tzinfo is not UTC:
            at = utc(at)
        if at > last_at:
            if power is None:
                power = held
            gap = at - last_at
            if not least <= power < most or gap > timeout or at >= until:
                break
            span += gap
            bridge += held * gap.total_seconds() / SECONDS_PER_HOUR
            if reading is not None and reading != counter:
                settled, bridge, counter, fell_from = settle(settled, bridge, counter, fell_from, reading)
            if power > peak:
                peak = power
            held, last_at = power, at
        done += 1
    if last_at is began_at:
        return account, last_at, held, done
    if state.working:
        worked = span
    else:
        standby = span
    grown = Account(start_at, start_power, peak, standby, worked, settled, bridge, counter, fell_from)
    return grown, last_at, held, done


def _off(
    state: SessionState, config: SessionConfig, samples: Sequence[Message], done: int, last_at: datetime
) -> tuple[SessionState, int]:
    """Of a machine that is off only the last message counts."""
    held, start_w, began_at, count = state.power_w, config.start_w, last_at, len(samples)
    while done < count:
        at, power, _reading = samples[done]
        if at.tzinfo is not UTC:
            at = utc(at)
        if at > last_at:
            if power is None:
                power = held
            if not 0.0 <= power < start_w:
                break
            held, last_at = power, at
        done += 1
    if last_at is began_at:
        return state, done
    return SessionState(_IDLE, state.since, last_at, held), done
