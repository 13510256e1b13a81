"""What is found in one message on the way through a parser: never more than a bounded number of items."""

from datetime import datetime

from ..measurement import Measurement
from ..quality import Quality
from ..quantities import QUANTITIES
from .json_payload import Unreadable
from .message import Message
from .parsed import Item, Parsed, Problem, Switched

MAX_ITEMS = 400
"""The largest real messages have some sixty; more than this is an attack or a mistake."""


class Findings:
    """Collects the items of one message.

    :ivar device: who speaks
    :ivar at: source time of all measurements, aware UTC; ``None`` when the message has none that can be
    :ivar impossible_time: the message has a time, and it cannot be
    """

    __slots__ = ("_items", "_retained", "at", "device", "impossible_time")

    def __init__(
        self, message: Message, device: str, at: datetime | None = None, impossible_time: bool = False
    ) -> None:
        self.device = device
        self.at = at
        self.impossible_time = impossible_time
        self._retained = message.retained
        self._items: list[Item] = []

    @property
    def full(self) -> bool:
        """Nothing more is taken."""
        return len(self._items) > MAX_ITEMS

    def add(self, item: Item) -> None:
        """Take an item; the first one too many becomes a problem, the others are dropped."""
        if len(self._items) < MAX_ITEMS:
            self._items.append(item)
        elif not self.full:
            text = f"The message holds more than {MAX_ITEMS} things; the rest of it was left out."
            self._items.append(Problem(self.device, "too_large", text))

    def measured(
        self, quantity: str, value: float, channel: str, serial: str = "", unit_assumed: bool = False
    ) -> None:
        """A value, in the quantity's own unit."""
        item = self._measurement(quantity, value, channel, serial, Quality.GOOD)
        self.add(item._replace(unit_assumed=True) if unit_assumed else item)

    def broken(self, quantity: str, channel: str, serial: str = "") -> None:
        """The device says that this cannot be measured now."""
        self.add(self._measurement(quantity, None, channel, serial, Quality.BAD))

    def switched(self, meter: str, on: bool) -> None:
        """A relay is on or off, before the meter of this channel if there is one."""
        self.add(
            Switched(
                self.device,
                on,
                meter,
                at=self.at,
                impossible_time=self.impossible_time,
                retained=self._retained,
            )
        )

    def problem(self, error: str, message: str) -> None:
        """Something that could not be understood, or that is wrong with the device."""
        self.add(Problem(self.device, error, message))

    def unreadable(self, reason: Unreadable, where: str = "") -> None:
        """Something that could not be read; ``where`` names the value, if it is one among others."""
        self.add(reason.problem(self.device, where))

    def parsed(self, voice: str = "") -> Parsed:
        """Everything that was found."""
        return Parsed(tuple(self._items), self.device, voice)

    def _measurement(
        self, quantity: str, value: float | None, channel: str, serial: str, quality: Quality
    ) -> Measurement:
        return Measurement(
            self.device,
            value,
            quantity,
            QUANTITIES[quantity].unit,
            self.at,
            channel,
            serial,
            quality,
            self._retained,
            self.impossible_time,
        )
