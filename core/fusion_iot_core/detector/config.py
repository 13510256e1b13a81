r"""Settings of a machine's sessions, and what each is for.

Thresholds. ``#`` is work, ``=`` standby, ``.`` off. A value equal to a threshold has reached it::

    W |           ________
      |          |        |                    working_threshold_w   100
      |   _______|########|_____
      |  |===============^======|              standby_threshold_w    20
      |__|.......................|______
         start                   end

``start_debounce_s``: power that does not last is no session. The session begins where power came, not where
it became certain::

    W |  _             _________               a lamp test      a session
      |_| |___________|
        <1s>          <3s> certain, and counted from here back

``start_energy_wh``: power that lasts but amounts to little is no session either: a pump that runs on, a
heater that keeps a tank warm. Off while it is 0::

    W |  ___             __________            30 W x 1 min = 0.5 Wh
      |_|   |___________|                      gate 1 Wh: only the second is a session

``start_threshold_w``: the power a session begins with, and holds until its start is certain, where that is more
than what keeps it going: a washer that waits for its delayed start draws 25 W. When not set, power comes with
``standby_threshold_w`` and goes with ``stop_threshold_w``, before the start is certain as after::

    W |                 _____      _____       start_threshold_w 50
      |  ______________|     |____|     |      25 W, waiting: no session yet; between work: standby
      |_|                               |___

``stop_threshold_w``: below this the machine is off. Lower than ``standby_threshold_w``, it keeps a machine on
whose draw dances around the threshold. It has to lie above what the machine draws when it is off, or no
session ends; :func:`suggest` finds that draw. ``standby_threshold_w`` when not set::

    W |     _   _   _                          standby_threshold_w 20
      |  __| |_| |_| |__                       stop_threshold_w 15: one session
      |_|               |_______               idle draw 8 W: below 15, ended

``working_stop_threshold_w``: the same between work and standby. ``working_threshold_w`` when not set.

``stop_debounce_s``: power that goes and comes back sooner has not been away. The session ends where power
went::

    W |  ______   ________                     5 s: went on, the 5 s are standby
      |_|      |_|        |______
               <5s>       <-15s-> certain, and ended at the left mark

``min_off_gap_s``: cycles with pauses. Sessions with less than this between them are one, and the pause is
standby. Off while it is 0::

    W |  ____        _____       ____          soaking for 4 minutes at 2 W, min_off_gap_s 300
      |_|    |______|     |_____|    |_____    one session

``resume_debounce_s`` and ``resume_energy_wh``: bursts after the end. An anti-crease drum turns for 10 s every
few minutes for an hour. A return of power that is shorter, or amounts to less, does not prolong the session;
that it begins none is up to the gates of the start. Off while they are 0::

    W |  ______
      | |      |    _      _      _            10 s each: resume_debounce_s 20, start_debounce_s 20
      |_|      |___| |____| |____| |__
               end

``false_zero_s``: meters that say 0 W between two true values. Zeros that last less than this have not been
said, and the time stays with what was. Off while it is 0; until it is over the detector waits::

    W |  ____ __________                       0 for 2 s, false_zero_s 5: not even a change of state
      |_|    V          |____

``message_timeout_s``: a meter that says nothing for longer than this is not known to be on. The session ends
with its last message. Most meters report on change and else once a minute, so that it follows the device's
own interval: :func:`timeout_for`. What that leaves shorter than ``start_debounce_s`` was no session::

    W |  ________x                             x last message
      |_|         - - - - -                    session until x, end_reason timeout
                  <-150 s->

``heartbeat_interval_s``: how often a running session's account is told; 0 for never.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta

MOST_WATTS = 1e9
LONGEST_S = 31 * 86400.0
SHORTEST_TIMEOUT_S = 150.0
MISSED_INTERVALS = 2.5
ON_CHANGE_TIMEOUT_S = 65 * 60.0


class ConfigError(ValueError):
    """Settings that make no sense.

    :ivar problems: ``(name of the setting, what is wrong with it)``, all of them
    """

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{name} {text}" for name, text in problems))


def timeout_for(expected_interval_s: float | None) -> float:
    """The ``message_timeout_s`` for a device that reports every so many seconds (``None``: nobody knows).

    Shelly's second generation reports at least once a minute; one lost message must not end a session. A device
    that reports on change only (0) says nothing while it has nothing new to say; Zigbee asks most of them to speak
    up once an hour all the same.
    """
    if expected_interval_s == 0:
        return ON_CHANGE_TIMEOUT_S
    return max(SHORTEST_TIMEOUT_S, MISSED_INTERVALS * (expected_interval_s or 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """The settings of one machine, see the plots above. W, s and Wh.

    Raises :class:`ConfigError` for what makes no sense.
    """

    standby_threshold_w: float = 20.0
    working_threshold_w: float = 100.0
    start_threshold_w: float | None = None
    stop_threshold_w: float | None = None
    working_stop_threshold_w: float | None = None
    start_debounce_s: float = 3.0
    stop_debounce_s: float = 15.0
    message_timeout_s: float = SHORTEST_TIMEOUT_S
    start_energy_wh: float = 0.0
    min_off_gap_s: float = 0.0
    resume_debounce_s: float = 0.0
    resume_energy_wh: float = 0.0
    false_zero_s: float = 0.0
    heartbeat_interval_s: float = 300.0

    # What the detector uses, worked out once.
    start_w: float = field(init=False, repr=False, compare=False)
    start_keep_w: float = field(init=False, repr=False, compare=False)
    stop_w: float = field(init=False, repr=False, compare=False)
    working_stop_w: float = field(init=False, repr=False, compare=False)
    start_wait: timedelta = field(init=False, repr=False, compare=False)
    resume_wait: timedelta = field(init=False, repr=False, compare=False)
    stop_wait: timedelta = field(init=False, repr=False, compare=False)
    timeout: timedelta = field(init=False, repr=False, compare=False)
    false_zero: timedelta = field(init=False, repr=False, compare=False)
    heartbeat: timedelta = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        problems = _not_numbers(self) or _out_of_order(self)
        if problems:
            raise ConfigError(problems)
        stop_w = _or(self.stop_threshold_w, self.standby_threshold_w)
        worked_out = {
            "start_w": _or(self.start_threshold_w, self.standby_threshold_w),
            "start_keep_w": _or(self.start_threshold_w, stop_w),
            "stop_w": stop_w,
            "working_stop_w": _or(self.working_stop_threshold_w, self.working_threshold_w),
            "start_wait": timedelta(seconds=self.start_debounce_s),
            "resume_wait": timedelta(seconds=self.resume_debounce_s),
            "stop_wait": timedelta(seconds=max(self.stop_debounce_s, self.min_off_gap_s)),
            "timeout": timedelta(seconds=self.message_timeout_s),
            "false_zero": timedelta(seconds=self.false_zero_s),
            "heartbeat": timedelta(seconds=self.heartbeat_interval_s),
        }
        for name, value in worked_out.items():
            object.__setattr__(self, name, value)

    @property
    def has_standby(self) -> bool:
        """Whether the machine has a standby to come to rest in: its two thresholds differ."""
        return self.working_threshold_w > self.standby_threshold_w

    def to_dict(self) -> dict[str, float | None]:
        """The settings as JSON knows them."""
        return {name: getattr(self, name) for name in SETTINGS}

    @classmethod
    def from_dict(cls, settings: Mapping[str, object]) -> "SessionConfig":
        """Settings from JSON; what is missing has its default. Raises :class:`ConfigError`."""
        unknown = [(str(name), "is no setting of a session") for name in settings if name not in SETTINGS]
        if unknown:
            raise ConfigError(unknown)
        return cls(**settings)  # type: ignore[arg-type]  # __post_init__ refuses what is no number


SETTINGS = tuple(each.name for each in fields(SessionConfig) if each.init)
_OPTIONAL = ("start_threshold_w", "stop_threshold_w", "working_stop_threshold_w")
_NOT_ZERO = ("standby_threshold_w", "working_threshold_w", "message_timeout_s", *_OPTIONAL)


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _not_numbers(config: SessionConfig) -> list[tuple[str, str]]:
    problems = []
    for name in SETTINGS:
        value = getattr(config, name)
        if value is None and name in _OPTIONAL:
            continue
        most = LONGEST_S if name.endswith("_s") else MOST_WATTS
        if type(value) not in (int, float) or not math.isfinite(value):
            problems.append((name, "is not a number"))
        elif value < 0 or (value == 0 and name in _NOT_ZERO):
            problems.append((name, "must be more than 0" if name in _NOT_ZERO else "must not be less than 0"))
        elif value > most:
            problems.append((name, f"must not be more than {most:.0f}"))
    return problems


def _out_of_order(config: SessionConfig) -> list[tuple[str, str]]:
    start = _or(config.start_threshold_w, config.standby_threshold_w)
    stop = _or(config.stop_threshold_w, config.standby_threshold_w)
    working_stop = _or(config.working_stop_threshold_w, config.working_threshold_w)
    order = (
        (
            "working_threshold_w",
            config.working_threshold_w,
            "standby_threshold_w",
            config.standby_threshold_w,
        ),
        ("standby_threshold_w", config.standby_threshold_w, "stop_threshold_w", stop),
        ("start_threshold_w", start, "standby_threshold_w", config.standby_threshold_w),
        ("working_threshold_w", config.working_threshold_w, "start_threshold_w", start),
        ("working_stop_threshold_w", working_stop, "standby_threshold_w", config.standby_threshold_w),
        ("working_threshold_w", config.working_threshold_w, "working_stop_threshold_w", working_stop),
        ("message_timeout_s", config.message_timeout_s, "false_zero_s", config.false_zero_s),
    )
    found = {}
    for name, value, below, least in order:
        if value < least and name not in found:
            found[name] = f"({value:g}) must not be less than {below} ({least:g})"
    return list(found.items())
