"""Where the detector stands with one machine: all it needs to go on, now or after a restart."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from .account import Account
from .counter import Counter, Doubt
from .phases import EndReason, Manual, Phase
from .sample import Said, Sample, utc
from .session import Session

VERSION = 3
"""1 knew neither what was said last nor where a counter was first seen, 2 no power that is sure: both are read, too."""


class StateError(ValueError):
    """What was stored is not the state of a detector."""


class Beat(NamedTuple):
    """What heartbeats have told of the open session.

    :ivar due_at: when the next is due; ``None`` for never
    """

    due_at: datetime | None
    standby: timedelta
    working: timedelta


class SessionState(NamedTuple):
    """The state of one machine, a value.

    Times are aware UTC. An account reaches to the last message. In ``STOPPING`` the account of the session
    ends at the fall of power; what follows is kept apart until it is certain whether it belongs to it.

    :ivar phase: what the machine is doing
    :ivar since: since when; ``None`` before the first change
    :ivar last_at: time of the last message
    :ivar power_w: what it said, W, which goes on until the next
    :ivar working: that power is work
    :ivar run: account of the open session
    :ivar pause: in ``STOPPING``: account since the fall of power
    :ivar trial: in ``STARTING`` and ``STOPPING``: account since power came, when it has not lasted long enough
    :ivar beat: what heartbeats have told of the open session
    :ivar reason: in ``STOPPING``: what the session will have ended by
    :ivar withheld: a zero that may be false, and the last repetition of it
    :ivar manual: what a person's word holds back
    :ivar quiet_at: after a manual stop: since when the machine is off
    :ivar said: what was said at the time of the last message, to know a repetition by
    :ivar gone_at: since when the meter is said to be gone
    :ivar step_wh: the smallest step that its counter was seen to make; ``None``: none
    """

    phase: Phase = Phase.IDLE
    since: datetime | None = None
    last_at: datetime | None = None
    power_w: float = 0.0
    working: bool = False
    run: Account | None = None
    pause: Account | None = None
    trial: Account | None = None
    beat: Beat | None = None
    reason: EndReason | None = None
    withheld: tuple[Sample, ...] = ()
    manual: Manual = Manual.NONE
    quiet_at: datetime | None = None
    said: tuple[Said, ...] = ()
    gone_at: datetime | None = None
    step_wh: float | None = None

    @property
    def active(self) -> Account | None:
        """The account that time goes to."""
        return self.trial or self.pause or self.run

    @property
    def session(self) -> Session | None:
        """The open session as far as it is certain; ``None`` without one."""
        return tell(self.run) if self.run else None

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON knows it. :meth:`from_dict` gives the same state back exactly."""
        return {
            "version": VERSION,
            "phase": self.phase.value,
            "since": _time(self.since),
            "last_at": _time(self.last_at),
            "power_w": self.power_w,
            "working": self.working,
            "run": _account(self.run),
            "pause": _account(self.pause),
            "trial": _account(self.trial),
            "beat": self.beat
            and [
                _time(self.beat.due_at),
                self.beat.standby.total_seconds(),
                self.beat.working.total_seconds(),
            ],
            "reason": self.reason and self.reason.value,
            "withheld": [[_time(each.at), each.power_w, each.energy_wh] for each in self.withheld],
            "manual": self.manual.value,
            "quiet_at": _time(self.quiet_at),
            "said": [list(each) for each in self.said],
            "gone_at": _time(self.gone_at),
            "step_wh": self.step_wh,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "SessionState":
        """The state that :meth:`to_dict` gave. Raises :class:`StateError` for anything else."""
        try:
            version = stored["version"]
            if version == 1:
                stored = _from_1(stored)
            if version in (1, 2):
                stored = _from_2(stored)
            state = cls(
                phase=Phase(stored["phase"]),
                since=_read_time(stored["since"]),
                last_at=_read_time(stored["last_at"]),
                power_w=_number(stored["power_w"]),
                working=bool(stored["working"]),
                run=_read_account(stored["run"]),
                pause=_read_account(stored["pause"]),
                trial=_read_account(stored["trial"]),
                beat=_read_beat(stored["beat"]),
                reason=EndReason(stored["reason"]) if stored["reason"] else None,
                withheld=tuple(_read_sample(*each) for each in stored["withheld"]),
                manual=Manual(stored["manual"]),
                quiet_at=_read_time(stored["quiet_at"]),
                said=tuple((_optional(power), _optional(reading)) for power, reading in stored["said"]),
                gone_at=_read_time(stored["gone_at"]),
                step_wh=_optional(stored["step_wh"]),
            )
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise StateError(f"not the state of a detector: {error!r}") from error
        if version not in (1, 2, VERSION):
            raise StateError(f"version {version!r} of a detector's state is not known")
        if not _fits(state):
            raise StateError(f"not the state of a detector: {state.phase.value} with the wrong accounts")
        return state


def tell(
    run: Account,
    end_at: datetime | None = None,
    end_power_w: float | None = None,
    end_reason: EndReason | None = None,
) -> Session:
    """The session of an account."""
    return Session(
        start_at=run.start_at,
        end_at=end_at,
        standby_s=run.standby.total_seconds(),
        working_s=run.working.total_seconds(),
        energy_wh=run.energy_wh,
        metered=run.counter.reading_wh is not None,
        partly_metered=run.counter.partly,
        start_power_w=run.start_power_w,
        peak_power_w=run.peak_w,
        end_power_w=end_power_w,
        end_reason=end_reason,
    )


_ACCOUNTS = {  # phase -> run, pause, trial: True there, False not there, None either
    Phase.IDLE: (False, False, False),
    Phase.STARTING: (False, False, True),
    Phase.STANDBY: (True, False, False),
    Phase.WORKING: (True, False, False),
    Phase.STOPPING: (True, True, None),
}


def _fits(state: SessionState) -> bool:
    there = (state.run is not None, state.pause is not None, state.trial is not None)
    wanted = _ACCOUNTS[state.phase]
    return (
        all(want in (None, is_there) for want, is_there in zip(wanted, there, strict=True))
        and (state.beat is not None) == (state.run is not None)
        and (state.reason is not None) == (state.pause is not None)
        and (state.phase is Phase.IDLE or state.since is not None)
    )


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _read_time(text: str | None) -> datetime | None:
    return utc(datetime.fromisoformat(text)) if text is not None else None


def _moment(text: str) -> datetime:
    return utc(datetime.fromisoformat(text))


def _number(value: float) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def _optional(value: float | None) -> float | None:
    return None if value is None else _number(value)


def _account(account: Account | None) -> list[Any] | None:
    if account is None:
        return None
    counter = account.counter
    return [
        account.start_at.isoformat(),
        account.start_power_w,
        account.peak_w,
        account.standby.total_seconds(),
        account.working.total_seconds(),
        account.settled_wh,
        account.bridge_wh,
        counter.reading_wh,
        counter.fell_from_wh,
        _time(counter.moved_at),
        counter.stood,
        counter.step_wh,
        counter.excess_wh,
        counter.doubt and list(counter.doubt),
        counter.refused,
        [[at.isoformat(), working] for at, working in account.turns],
        account.sure_w,
    ]


def _read_account(stored: list[Any] | None) -> Account | None:
    if stored is None:
        return None
    start_at, start_power_w, peak_w, standby, working, settled, bridge, *counter, turns, sure_w = stored
    return Account(
        _moment(start_at),
        _number(start_power_w),
        _number(peak_w),
        timedelta(seconds=_number(standby)),
        timedelta(seconds=_number(working)),
        _number(settled),
        _number(bridge),
        _read_counter(*counter),
        tuple((_moment(at), bool(working)) for at, working in turns),
        _number(sure_w),
    )


def _read_counter(
    reading: float | None,
    fell_from: float | None,
    moved_at: str | None,
    stood: bool,
    step: float | None,
    excess: float,
    doubt: list[float] | None,
    refused: bool,
) -> Counter:
    return Counter(
        _optional(reading),
        _read_time(moved_at),
        bool(stood),
        _optional(fell_from),
        _optional(step),
        _number(excess),
        None if doubt is None else Doubt(*map(_number, doubt)),
        bool(refused),
    )


def _from_1(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A state of version 1 as one of now: its counters were last seen with the last message."""
    added: dict[str, Any] = {"said": [], "gone_at": None, "step_wh": None}
    for name in ("run", "pause", "trial"):
        account = stored[name]
        if account is not None:
            turns = [[account[0], stored["working"]]] if name == "trial" else []
            added[name] = [*account, stored["last_at"], False, None, 0.0, None, False, turns]
    return {**stored, **added}


def _from_2(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A state of version 2 as one of now: its peaks are believed."""
    accounts = {name: stored[name] for name in ("run", "pause", "trial")}
    return {**stored, **{name: each and [*each, each[2]] for name, each in accounts.items()}}


def _read_beat(stored: list[Any] | None) -> Beat | None:
    if stored is None:
        return None
    due_at, standby, working = stored
    return Beat(_read_time(due_at), timedelta(seconds=_number(standby)), timedelta(seconds=_number(working)))


def _read_sample(at: str, power_w: float, energy_wh: float | None) -> Sample:
    return Sample(_moment(at), _number(power_w), _optional(energy_wh))
