"""The names of what a machine can be doing, and of how a session can end."""

from enum import Enum


class Phase(str, Enum):
    """The five states of the detector."""

    IDLE = "idle"
    STARTING = "starting"
    STANDBY = "standby"
    WORKING = "working"
    STOPPING = "stopping"

    __hash__ = str.__hash__  # that of Enum is Python, and asked for at every step


class EndReason(str, Enum):
    """Why a session ended.

    ``NORMAL``: the machine had come to rest and was switched off, or its relay was. ``POWER_DROP``: it went off in the
    middle of work (a tripped breaker, an emergency stop, a pulled plug); a machine that has no standby, whose two
    thresholds are equal, always stops that way and ends ``NORMAL``. ``TIMEOUT``: its meter fell silent while
    it was on. ``MANUAL``: a person ended it.
    """

    NORMAL = "normal"
    POWER_DROP = "power_drop"
    TIMEOUT = "timeout"
    MANUAL = "manual"


class Manual(str, Enum):
    """What a person's word still holds back.

    ``STARTED``: the machine has not been on yet in a session started by hand, so that being off does not end
    it. ``STOPPED``: the machine has not been off yet since its session was ended by hand, so that being on
    does not start the next.
    """

    NONE = "none"
    STARTED = "started"
    STOPPED = "stopped"
