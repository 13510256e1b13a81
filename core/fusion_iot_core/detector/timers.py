"""What happens by time alone: what a phase waits for, and when it is over."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from .account import Account
from .config import SHORTEST_TIMEOUT_S, SessionConfig
from .counter import SECONDS_PER_HOUR
from .phases import Manual, Phase
from .state import SessionState
from .table import Signal

_NEXT_INSTANT = timedelta(microseconds=1)
_LONG_S = 1e9
GONE_FOR = timedelta(seconds=SHORTEST_TIMEOUT_S)
"""A meter that is said to be gone may be back as soon: a broker or a bridge that starts anew."""


class Due(NamedTuple):
    """A signal that time brings."""

    at: datetime
    signal: Signal


def next_due(state: SessionState, config: SessionConfig) -> Due | None:
    """What happens next if the meter goes on saying nothing; ``None`` when nothing does.

    Of two at the same instant the first in the phase's list.
    """
    return min(_WAITS[state.phase](state, config), key=_at, default=None)


def steady(state: SessionState) -> Signal:
    """The signal that what is on trial has lasted long enough."""
    return Signal.STEADY_WORK if state.working else Signal.STEADY_REST


def _at(due: Due) -> datetime:
    return due.at


def _nothing(state: SessionState, config: SessionConfig) -> list[Due]:
    """A burst that was on trial when its session ended is power that came."""
    if state.trial is None or state.since is None:
        return []
    return [Due(state.since, Signal.WORK if state.working else Signal.REST)]


def _starting(state: SessionState, config: SessionConfig) -> list[Due]:
    assert state.trial is not None
    at = _lasted(state, state.trial, config.start_wait, config.start_energy_wh)
    return [*_silence(state, config), Due(at, steady(state))]


def _on(state: SessionState, config: SessionConfig) -> list[Due]:
    return _silence(state, config)


def _stopping(state: SessionState, config: SessionConfig) -> list[Due]:
    assert state.pause is not None
    waits = [Due(state.pause.start_at + config.stop_wait, Signal.EXPIRED), *_silence(state, config)]
    if state.trial is not None:
        at = _lasted(state, state.trial, config.resume_wait, config.resume_energy_wh)
        waits.append(Due(at, steady(state)))
    return waits


def _silence(state: SessionState, config: SessionConfig) -> list[Due]:
    """Silence is longer than the timeout: a message that comes just then is in time."""
    if state.last_at is None or state.manual is Manual.STARTED:
        return []
    wait = config.timeout if state.gone_at is None else min(config.timeout, GONE_FOR)
    return [Due(state.last_at + wait + _NEXT_INSTANT, Signal.SILENT)]


def _lasted(state: SessionState, trial: Account, wait: timedelta, energy_wh: float) -> datetime:
    """When power on trial will have lasted for ``wait`` and amount to ``energy_wh``, if it stays as it is."""
    assert state.since is not None
    at = max(trial.start_at + wait, state.since)
    if energy_wh <= 0 or state.last_at is None:
        return at
    missing = max(energy_wh - trial.energy_wh, 0.0) * SECONDS_PER_HOUR
    seconds = min(missing / state.power_w, _LONG_S) if state.power_w > 0 else _LONG_S
    return max(at, state.last_at + timedelta(seconds=seconds))


_WAITS: Mapping[Phase, Callable[[SessionState, SessionConfig], list[Due]]] = MappingProxyType(
    {
        Phase.IDLE: _nothing,
        Phase.STARTING: _starting,
        Phase.STANDBY: _on,
        Phase.WORKING: _on,
        Phase.STOPPING: _stopping,
    }
)
