"""What is found in messages of devices that have units of their own."""

from ..measurement import Measurement
from ..quality import Quality
from .amounts import in_stored_unit
from .device_clock import DeviceTime
from .findings import Findings
from .json_payload import Unreadable, json_number, json_text

Value = float | None | Unreadable
"""A number, ``None`` for a fault the device reports, or why it is neither."""


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
        self, quantity: str, value: Value, unit: str | None = "", channel: str = "", serial: str = ""
    ) -> None:
        """A value, converted to the stored unit, or what is wrong with it.

        :param quantity: a key of :data:`QUANTITIES`; empty when only the receiver knows it
        :param unit: unit of ``value``; empty: the stored one; ``None``: only the receiver knows it
        """
        known = unit is not None and quantity != ""
        if known and isinstance(value, float):
            value = in_stored_unit(value, unit or "", quantity)
        if isinstance(value, Unreadable):
            self.unreadable(value, " ".join(filter(None, (json_text(channel), quantity))))
        elif known and value is not None:
            self.measured(quantity, value, channel, serial)
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
