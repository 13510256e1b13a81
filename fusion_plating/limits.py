"""Limits as text. Pure functions: no Odoo inside."""

from collections.abc import Callable
from typing import Literal

DECIMALS = 4


def number_text(value: float, decimal_point: str = ".") -> str:
    """Write a number with at most four decimals and without trailing zeros: ``85.50`` is ``85.5``."""
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace(".", decimal_point)


def range_text(
    low: float | Literal[False] | None,
    high: float | Literal[False] | None,
    unit: str = "",
    number: Callable[[float], str] = number_text,
) -> str:
    """Describe a band in words a card has room for.

    :param low: lower limit, ``None`` or ``False`` when the band is open below
    :param high: upper limit, ``None`` or ``False`` when the band is open above
    :param unit: unit of both, put at the end
    :param number: how to write a number (a language's decimal point)
    :return: ``"85 – 91 °C"``, ``"≥ 85 °C"``, ``"≤ 91 °C"``; empty when there is no limit at all
    """
    lower = "" if low is None or low is False else number(low)
    upper = "" if high is None or high is False else number(high)
    if lower and upper:
        text = f"{lower} – {upper}"
    elif lower:
        text = f"≥ {lower}"
    elif upper:
        text = f"≤ {upper}"
    else:
        return ""
    return f"{text} {unit}".rstrip()
