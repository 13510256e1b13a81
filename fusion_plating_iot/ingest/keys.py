"""By what a measurement and its sensor find each other: the probe's serial, or its place on a device."""

from odoo.addons.fusion_iot_base.protocol import Measurement

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
