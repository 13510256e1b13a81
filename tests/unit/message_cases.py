"""How the tests of the parsers write down what a person reads in a message."""

from datetime import datetime, timezone

from fusion_iot_core.protocol import Measurement
from fusion_iot_core.protocol.parsers import (
    DETECT,
    DeviceInfo,
    Item,
    Message,
    Parsed,
    ParserSettings,
    Presence,
    Rule,
    Switched,
    read,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


def parse(
    topic: str, payload: bytes | str, parser: str = DETECT, *rules: Rule, zone: str = "", time_path: str = ""
) -> Parsed:
    """Read a message that came at :data:`NOW`."""
    raw = payload if isinstance(payload, bytes) else payload.encode()
    return read(Message(topic, raw, NOW), parser, ParserSettings(zone, time_path, rules))


def told(parsed: Parsed) -> list[str]:
    """Everything found in a message, one line each, in order. ``-`` is the device itself, ``?`` not known.

    ``DS18B20 temperature 21.5 °C``, then ``#serial`` and ``@time`` where there are any; ``bad`` instead of the
    number for a fault. ``online``; ``info firmware=…``; ``problem error``. Of relays tells :func:`switched`.
    """
    assert all(item.device == parsed.device for item in parsed.items)
    return [_line(item) for item in parsed.items if not isinstance(item, Switched)]


def switched(parsed: Parsed) -> list[str]:
    """What is said of relays, one line each: ``off`` or ``on``, the meter behind it, its own name."""
    return [
        " ".join(filter(None, ("on" if item.on else "off", item.meter or "-", item.relay)))
        for item in parsed.items
        if isinstance(item, Switched)
    ]


def measured(parsed: Parsed) -> list[str]:
    """The same of the measurements and problems only."""
    return [line for line in told(parsed) if not line.startswith("info ")]


def _line(item: Item) -> str:
    if isinstance(item, Measurement):
        assert not item.retained
        assert (item.value is None) == (item.quality.value == "bad")
        value = "bad" if item.value is None else f"{item.value:.10g}"
        parts = [item.channel or "-", item.quantity or "?", value, item.unit]
        parts += [f"#{item.serial}"] if item.serial else []
        parts += [f"@{item.at:%Y-%m-%dT%H:%M:%SZ}"] if item.at else []
        parts += ["@impossible"] if item.impossible_time else []
        return " ".join(filter(None, parts))
    if isinstance(item, Presence):
        return "online" if item.online else "offline"
    if isinstance(item, DeviceInfo):
        fields = {name: value for name, value in item._asdict().items() if name != "device"}
        return " ".join(["info", *(f"{name}={value}" for name, value in fields.items() if value)])
    return f"problem {item.error}"
