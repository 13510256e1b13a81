"""The straight stretch: messages that change nothing but the account.

Nearly all messages are such. They are taken here in one go, with the same arithmetic in the same order as one
by one, so that it makes no difference which way a message goes.
"""

from collections.abc import Sequence
from datetime import datetime

from .account import FOREVER, Account
from .config import SessionConfig
from .counter import SECONDS_PER_HOUR
from .phases import Manual, Phase
from .sample import LATEST, MOST_W, MOST_WH, UTC, Gone, Message, Said, utc
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
        or state.gone_at is not None
    ):
        return state, done
    if state.phase is _IDLE:
        return _off(state, config, samples, done, last_at)
    account, least, most, until = _stretch(state, config)
    grown, last_at, held, said, done = _grow(
        state, config, samples, done, last_at, (account, least, most, until)
    )
    if grown is account:
        return state, done
    phase, _, _, _, working, run, pause, _, beat, reason, *_rest, step_wh = state
    if pause is None:
        run = grown
    else:
        pause = grown
    taken = SessionState(phase, since, last_at, held, working, run, pause, None, beat, reason)
    return taken._replace(said=said, step_wh=step_wh), done


def _stretch(state: SessionState, config: SessionConfig) -> tuple[Account, float, float, datetime]:
    """The account that time goes to, the power that changes nothing (from, below), and until when."""
    if state.pause is not None:
        return state.pause, 0.0, config.standby_threshold_w, state.pause.start_at + config.stop_wait
    assert state.run is not None
    until = (state.beat and state.beat.due_at) or FOREVER
    if state.phase is _WORKING:
        return state.run, config.working_stop_w, MOST_W, until
    return state.run, config.stop_w, config.working_threshold_w, until


def _grow(
    state: SessionState,
    config: SessionConfig,
    samples: Sequence[Message],
    done: int,
    last_at: datetime,
    stretch: tuple[Account, float, float, datetime],
) -> tuple[Account, datetime, float, tuple[Said, ...], int]:
    """The account, the last message's time, power and all it said, and the number of the first sample not taken."""
    account, least, most, until = stretch
    start_at, start_power, peak, standby, worked, settled, bridge, counter, turns = account
    held, timeout, began_at, count = state.power_w, config.timeout, last_at, len(samples)
    span = worked if state.working else standby
    said = state.said
    while done < count:
        at, power, reading = samples[done]
        if at.tzinfo is not UTC:
            at = utc(at)
        if at > last_at:
            word = (power, reading if reading is None or 0.0 <= reading <= MOST_WH else None)
            if power is None:
                if type(samples[done]) is Gone:
                    break
                power = held
            gap = at - last_at
            if not least <= power < most or gap > timeout or at >= until:
                break
            span += gap
            bridge += held * gap.total_seconds() / SECONDS_PER_HOUR
            if power > peak:
                peak = power
            if reading is not None and (
                reading != counter.reading_wh or not counter.stood or counter.doubt is not None
            ):
                settled, bridge, counter = counter.take(settled, bridge, reading, at, peak)
            held, last_at, said = power, at, (word,)
        elif at == last_at and (power, reading) not in said:
            break
        done += 1
    if last_at is began_at:
        return account, last_at, held, said, done
    if state.working:
        worked = span
    else:
        standby = span
    grown = Account(start_at, start_power, peak, standby, worked, settled, bridge, counter, turns)
    return grown, last_at, held, said, done


def _off(
    state: SessionState, config: SessionConfig, samples: Sequence[Message], done: int, last_at: datetime
) -> tuple[SessionState, int]:
    """Of a machine that is off only the last message counts."""
    held, start_w, began_at, count = state.power_w, min(config.start_w, MOST_W), last_at, len(samples)
    said = state.said
    while done < count:
        at, power, reading = samples[done]
        if at.tzinfo is not UTC:
            at = utc(at)
        if at > last_at:
            word = (power, reading if reading is None or 0.0 <= reading <= MOST_WH else None)
            if power is None:
                if type(samples[done]) is Gone:
                    break
                power = held
            if not 0.0 <= power < start_w or at > LATEST:
                break
            held, last_at, said = power, at, (word,)
        elif at == last_at and (power, reading) not in said:
            break
        done += 1
    if last_at is began_at:
        return state, done
    return SessionState(_IDLE, state.since, last_at, held, said=said, step_wh=state.step_wh), done
