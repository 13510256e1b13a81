"""Numbers from the outside."""

import math


class ValueProblem(ValueError):
    """Not a finite number. The message says what it was instead."""


def parse_number(value: object) -> float:
    """Return ``value`` as a finite float.

    Only JSON numbers are numbers: booleans, text, ``null``, NaN, infinities and integers beyond the range
    of a double raise :class:`ValueProblem`, because guessing at a measurement is worse than refusing it.
    """
    if type(value) is float:
        number = value
    elif type(value) is int:
        try:
            number = float(value)
        except OverflowError:
            raise ValueProblem("the number is beyond the range of a double") from None
    else:
        raise ValueProblem(f"a number is needed, not {_kind(value)}")
    if not math.isfinite(number):
        raise ValueProblem("NaN and infinity are not measurements")
    return number


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return {bool: "a boolean", str: "text", list: "a list", dict: "an object"}.get(
        type(value), type(value).__name__
    )
