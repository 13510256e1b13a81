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
from .sample import MOST_W, UTC, Gone, Message, Said, utc, word
from .state import SessionState

_IDLE, _STANDBY, _WORKING, _STOPPING = Phase.IDLE, Phase.STANDBY, Phase.WORKING, Phase.STOPPING
_FREE = Manual.NONE
_NOTHING = (None, None, None, None, None, (), _FREE, None)
# A step of the detector is a microsecond or two: that of the constructors is a good part of it.
_NEW = tuple.__new__


def coast(
    state: SessionState, config: SessionConfig, samples: Sequence[Message], done: int
) -> tuple[SessionState, int]:
    """Take the samples from number ``done`` on as far as they change nothing but the account.

    :returns: the state after them, and the number of the first sample that was not taken
    """
    (
        phase,
        since,
        last_at,
        held,
        working,
        run,
        pause,
        trial,
        beat,
        reason,
        held_back,
        manual,
        _,
        said,
        gone,
        step,
    ) = state
    if (
        last_at is None
        or (since is not None and since > last_at)
        or held_back
        or trial is not None
        or manual is not _FREE
        or gone is not None
    ):
        return state, done
    if phase is _IDLE:
        return _off(state, config, samples, done, last_at)
    if pause is not None:
        account, least, most = pause, 0.0, config.standby_threshold_w
        until = pause.start_at + config.stop_wait
    else:
        assert run is not None
        account, until = run, (beat and beat.due_at) or FOREVER
        if phase is _WORKING:
            least, most = config.working_stop_w, MOST_W
        else:
            least, most = config.stop_w, config.working_threshold_w
    grown, last_at, held, last, done = _grow(
        account, (held, working, said), config, samples, done, last_at, (least, most, until)
    )
    if grown is account:
        return state, done
    if pause is None:
        run = grown
    else:
        pause = grown
    held, said = held + 0.0, (_taken(samples[last]),)  # off is 0 from here on
    taken = (
        phase,
        since,
        last_at,
        held,
        working,
        run,
        pause,
        None,
        beat,
        reason,
        (),
        _FREE,
        None,
        said,
        None,
        step,
    )
    return _NEW(SessionState, taken), done


def _grow(
    account: Account,
    before: tuple[float, bool, tuple[Said, ...]],
    config: SessionConfig,
    samples: Sequence[Message],
    done: int,
    last_at: datetime,
    bounds: tuple[float, float, datetime],
) -> tuple[Account, datetime, float, int, int]:
    """Take samples into an account.

    :param before: power of the last message, whether that is work, and all it said
    :param bounds: the power that changes nothing (from, below), and until when
    :returns: the account, time and power of the last message, its number, and that of the first sample not taken
    """
    least, most, until = bounds
    held, working, said = before
    start_at, start_power, peak, standby, worked, settled, bridge, counter, turns, sure = account
    timeout, last, count = config.timeout, -1, len(samples)
    span = worked if working else standby
    while done < count:
        at, power, reading = samples[done]
        if at.tzinfo is not UTC:
            at = utc(at)
        if at > last_at:
            if power is None:
                if type(samples[done]) is Gone:
                    break
                power = held
            gap = at - last_at
            if not least <= power < most or gap > timeout or at >= until:
                break
            span += gap
            bridge += held * gap.total_seconds() / SECONDS_PER_HOUR
            if power > sure and samples[done][1] is not None:
                sure, peak = (peak, power) if power > peak else (power, peak)
            if reading is not None and (reading != counter.reading_wh or counter.is_open):
                settled, bridge, counter = counter.take(settled, bridge, reading, at, peak, sure)
            held, last_at, last = power, at, done
        elif at == last_at and not _repeats(samples, done, last, said):
            break
        done += 1
    if last < 0:
        return account, last_at, held, last, done
    if working:
        worked = span
    else:
        standby = span
    grown = (start_at, start_power, peak, standby, worked, settled, bridge, counter, turns, sure)
    return _NEW(Account, grown), last_at, held, last, done


def _off(
    state: SessionState, config: SessionConfig, samples: Sequence[Message], done: int, last_at: datetime
) -> tuple[SessionState, int]:
    """Of a machine that is off only the last message counts."""
    _, since, _, held, *_rest, step = state
    start_w, last, count = min(config.start_w, MOST_W), -1, len(samples)
    while done < count:
        at, power, _reading = samples[done]
        if at.tzinfo is not UTC:
            at = utc(at)
        if at > last_at:
            if power is None:
                if type(samples[done]) is Gone:
                    break
                power = held
            if not 0.0 <= power < start_w:
                break
            held, last_at, last = power, at, done
        elif at == last_at and not _repeats(samples, done, last, state.said):
            break
        done += 1
    if last < 0:
        return state, done
    held, said = held + 0.0, (_taken(samples[last]),)  # off is 0 from here on
    taken = (_IDLE, since, last_at, held, False, *_NOTHING, said, None, step)
    return _NEW(SessionState, taken), done


def _repeats(samples: Sequence[Message], number: int, last: int, said: tuple[Said, ...]) -> bool:
    """Whether a message of the last instant says what was said then already.

    :param last: number of the last message that was taken; negative: none yet, and ``said`` is what was said before
    """
    now = word(samples[number])
    return now in said if last < 0 else now == word(samples[last])


def _taken(sample: Message) -> Said:
    """The word of a message that was taken, whose power is known to be possible; nearly always it is some."""
    _at, power, reading = sample
    return (power, None) if reading is None and power and power > 0 else word(sample)
