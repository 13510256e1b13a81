"""By what a measurement and its sensor find each other: the probe's serial, or its place on a device."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from fusion_iot_core.protocol import PROBE_KINDS, QUANTITIES, Measurement, units_for


class _OfCompany(Protocol):
    company_id: object


Sensor = TypeVar("Sensor", bound=_OfCompany)

_SEPARATOR = "\x1f"


def address(device: str, channel: str, quantity: str) -> str:
    """A quantity of a channel of a device, as one text. The channel is empty for the device itself."""
    return _SEPARATOR.join((device, channel, quantity))


def serial_of(measurement: Measurement) -> str:
    """The serial to look for. A device that names neither serial nor channel is taken for the probe itself.

    Empty when there is none to look for.
    """
    return measurement.serial or ("" if measurement.channel else measurement.device)


def address_of(measurement: Measurement) -> str:
    """The address to look for."""
    return address(measurement.device, measurement.channel, measurement.quantity)


def the_one(found: Sequence[Sensor], company: int | None) -> Sensor | None:
    """Of the sensors that can be meant by what ``company`` reports, the one that is; the serial goes before the place.

    :param found: those with the serial first, then those in the place
    :return: None as well where they are of several companies and ``company`` does not tell which
    """
    if not found or is_divided(found, company):
        return None
    return found[0]


def is_divided(found: Sequence[Sensor], company: int | None) -> bool:
    """Whether the sensors that can be meant are of several companies, and nothing says whose is."""
    return company is None and len(found) > 1 and len({sensor.company_id for sensor in found}) > 1


def measures(quantity: str, *, parameter: str, unit: str, kind: str) -> bool:
    """Whether values of ``quantity`` are those of a sensor: the battery of a probe is no temperature.

    Where nothing tells, and for a value that does not say what it is, the answer is yes.

    :param parameter: quantity of the sensor's parameter; empty without one
    :param unit: unit of the probe where it was set, which tells in the absence of a parameter
    :param kind: kind of probe, which tells last: most are thermometers only
    """
    if not quantity:
        return True
    if parameter:
        return quantity == parameter
    if unit:
        return quantity in QUANTITIES and unit in units_for(quantity)
    return quantity == "temperature" or not (kind in PROBE_KINDS and PROBE_KINDS[kind].thermometer)
