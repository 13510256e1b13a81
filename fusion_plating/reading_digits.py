"""How many decimals a reading is written with. Pure functions: no Odoo inside.

``static/src/reading_digits.js`` says the same in the browser; a test holds the two together.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

DIGITS: Final[dict[str, int]] = {
    "temperature": 1,
    "ph": 2,
    "conductivity": 2,
    "concentration": 1,
    "level": 0,
    "flow": 1,
    "density": 0,
    "voltage": 2,
    "current": 1,
    "current_density": 2,
    "humidity": 0,
    "pressure": 2,
}
MOST: Final = 4
_EXACT: Final = Context(prec=400, rounding=ROUND_HALF_UP)


def digits_of(value: float, quantity: str | None, limits: Iterable[float | bool | None] = ()) -> int:
    """The decimals of a quantity, and more where rounding would hide on which side of a limit the value is.

    :param quantity: its name; for an unknown one, 1 decimal below 200 and none above
    :param limits: the limits it is compared with; ``None`` and ``False`` are open ones
    """
    digits = DIGITS.get(quantity or "", 0 if abs(value) >= 200 else 1)
    near = [limit for limit in limits if limit is not None and limit is not False and limit != value]
    while digits < MOST and any(_rounded(value, digits) == _rounded(limit, digits) for limit in near):
        digits += 1
    return digits


def reading_text(
    value: float,
    quantity: str | None = None,
    limits: Iterable[float | bool | None] = (),
    decimal_point: str = ".",
) -> str:
    """Write a reading as precisely as its probe measures: ``82.9375`` °C is ``82.9``."""
    return f"{_rounded(value, digits_of(value, quantity, limits)):f}".replace(".", decimal_point)


def _rounded(value: float, digits: int) -> Decimal:
    """Half away from zero, as the web client rounds: a probe in steps of 1/16 °C often lies half way."""
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), context=_EXACT)
    return rounded or abs(rounded)
