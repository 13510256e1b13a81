"""How far a value can be trusted."""

from enum import Enum


class Quality(str, Enum):
    """The three grades of a value, as QARTOD names them (pass, suspect, fail).

    ``GOOD`` values are judged against limits. ``SUSPECT`` values are kept but decide nothing.
    ``BAD`` values say that the probe is broken, not that the bath is.
    """

    GOOD = "good"
    SUSPECT = "suspect"
    BAD = "bad"


class Reason(str, Enum):
    """Why a value is not good."""

    REPORTED = "reported"
    CODE = "code"
    RANGE = "range"
    IMPOSSIBLE = "impossible"
    POWER_ON = "power_on"
    JUMP = "jump"
    UNIT = "unit"
    STILL = "still"
