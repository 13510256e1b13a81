"""Messages of the kilns' data loggers: ``kilnlog/hall-2/v1`` with ``T:851.5;P:12.25``."""

from fusion_iot_core.protocol import Measurement
from fusion_iot_core.protocol.parsers import Parsed, Parser, Problem, register

_MEANT = {b"T": ("temperature", "°C"), b"P": ("power", "kW")}


def read(message, settings):
    """One value for each letter."""
    device = message.topic.split("/")[1]
    items = []
    for part in message.payload.split(b";"):
        letter, _colon, text = part.partition(b":")
        try:
            quantity, unit = _MEANT[letter]
            items.append(Measurement(device, float(text), quantity, unit, channel=quantity))
        except (KeyError, ValueError):
            items.append(Problem(device, "not_understood", "A part of the message is no value."))
    return Parsed(tuple(items), device)


def recognise(topic, payload):
    """By its topic alone."""
    return 90 if topic.startswith("kilnlog/") and topic.endswith("/v1") else 0


register(Parser("kilnlog", "Kiln logger", read, recognise, topics=("kilnlog/{device}/v1",)))
