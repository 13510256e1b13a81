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
