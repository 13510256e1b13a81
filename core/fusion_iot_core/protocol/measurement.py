"""One value of one quantity from one channel of one device at one instant."""

from datetime import datetime
from typing import NamedTuple

from .quality import Quality


class Measurement(NamedTuple):
    """What every transport and parser produces and `iot.ingest` takes.

    :ivar device: identifier of the device that reported
    :ivar value: the number as reported, in ``unit``; ``None`` when the device reported a fault
    :ivar quantity: a key of :data:`QUANTITIES`; empty when only the receiver knows it
    :ivar unit: unit of ``value``; empty when only the receiver knows it
    :ivar at: source time, aware or naive UTC; ``None`` when the device gave none
    :ivar channel: component of the device (``switch:0``, ``DS18B20-1``); empty for the device itself
    :ivar serial: the probe's own hardware serial where the message carries one
    :ivar quality: what the transport or parser already knows of the value
    :ivar impossible_time: the device gave a time that no calendar has; ``at`` is ``None`` then
    :ivar retained: delivered by the broker from its store, hence of unknown age
    :ivar unit_assumed: nothing in the message says the unit: it is the one that practically everybody uses for the
        quantity. A unit that a person has set for the probe counts instead.
    :ivar switched_off: not measured: the relay before the meter is off
    :ivar received_at: when it was received, aware UTC, where that is not the time of its whole batch
    :ivar company: id of the company whose device, connection or box reported it; ``None``: of all
    """

    device: str
    value: float | None
    quantity: str = ""
    unit: str = ""
    at: datetime | None = None
    channel: str = ""
    serial: str = ""
    quality: Quality = Quality.GOOD
    retained: bool = False
    impossible_time: bool = False
    received_at: datetime | None = None
    unit_assumed: bool = False
    switched_off: bool = False
    company: int | None = None
