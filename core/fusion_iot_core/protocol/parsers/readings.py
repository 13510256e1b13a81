"""What is found in messages of devices that have units of their own."""

import math

from ..measurement import Measurement
from ..probes import guess_kind
from ..quality import Quality
from ..quantities import UnitError, convert
from ..serials import is_rom
from .amounts import in_stored_unit, quantity_in
from .device_clock import DeviceTime
from .findings import Findings
from .json_payload import Unreadable, json_number, json_text
from .words import Guess

Value = float | None | Unreadable
"""A number, ``None`` for a fault the device reports, or why it is neither."""

_NO_ANSWER = -127.0
_ALL_BITS = 127.9375
_ROUNDING = 0.1
_FULL = 100.0
# Between them a power factor is a percentage. A meter is off by so much.
_MOST_OF_A_FACTOR = 1.1
_MOST_PER_CENT = 110.0


def json_value(raw: object) -> Value:
    """The value of a parsed JSON value: ``null`` is how firmware says that a probe does not answer."""
    return None if raw is None else json_number(raw)


class Readings(Findings):
    """Findings whose values come in any unit, or in one that only the receiver knows."""

    __slots__ = ()

    def set_time(self, time: DeviceTime) -> None:
        """Let what follows be measured at this time."""
        self.at = time.at
        self.impossible_time = time.impossible

    def value(
        self,
        quantity: str,
        value: Value,
        unit: str | None = "",
        channel: str = "",
        serial: str = "",
        unit_assumed: bool = False,
    ) -> None:
        """A value, converted to the stored unit, or what is wrong with it.

        :param quantity: a key of :data:`QUANTITIES`; empty when only the receiver knows it
        :param unit: unit of ``value``; empty: the stored one; ``None``: only the receiver knows it
        :param unit_assumed: nothing says that it is this unit
        """
        if isinstance(value, Unreadable) and value.fault:
            value = None
        if isinstance(value, float):
            if quantity == "temperature" and _is_fault(value, unit or "", serial):
                # what liquid nitrogen cools is measured with these
                if guess_kind("", self.device, channel, serial) not in ("pt100", "thermocouple"):
                    value = None
            elif quantity == "power_factor" and (
                unit == "%" or _MOST_OF_A_FACTOR < abs(value) <= _MOST_PER_CENT
            ):
                value, unit = value / 100.0, ""
        known = unit is not None and quantity != ""
        if known and isinstance(value, float):
            value = in_stored_unit(value, unit or "", quantity)
        if isinstance(value, Unreadable):
            self.unreadable(value, " ".join(filter(None, (json_text(channel), quantity))))
        elif known and value is not None:
            self.measured(quantity, value, channel, serial, unit_assumed)
        elif known:
            self.broken(quantity, channel, serial)
        else:
            quality = Quality.BAD if value is None else Quality.GOOD
            self.add(
                Measurement(
                    self.device,
                    value,
                    quantity,
                    "",
                    self.at,
                    channel,
                    serial,
                    quality,
                    self._retained,
                    self.impossible_time,
                )
            )

    def guessed(
        self,
        meant: Guess,
        value: Value,
        channel: str,
        serial: str = "",
        *,
        printed: str = "",
        quantity: str = "",
    ) -> None:
        """A value under a name that somebody made up.

        :param meant: what the name says
        :param printed: the unit that the message says; it knows better than the name
        :param quantity: what it is where the name does not say it
        """
        quantity = meant.quantity or quantity
        unit = printed or meant.unit
        if quantity == "battery" and printed not in ("", "%"):
            quantity = quantity_in(printed)  # a battery in volts
        if quantity == "battery" and isinstance(value, float) and value > _FULL:
            quantity, unit = (
                "",
                None,
            )  # a battery is no fuller than full: it is in something else than a percentage
        self.value(quantity, value, unit, channel, serial, meant.assumed and not printed)


def _is_fault(value: float, unit: str, serial: str) -> bool:
    """−127 °C is how a DS18B20 that does not answer is told, before or after conversion to °F; 127.94 its own fault."""
    try:
        celsius = convert(value, unit, "°C")
    except UnitError:
        return False
    if math.isclose(value, _NO_ANSWER, abs_tol=0.01) or math.isclose(celsius, _NO_ANSWER, abs_tol=0.01):
        return True
    return is_rom(serial) and math.isclose(celsius, _ALL_BITS, abs_tol=_ROUNDING)
