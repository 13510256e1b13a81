"""What one poll of a piece of equipment says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ..protocol import Quality
from ..protocol.parsers.json_payload import NUMBER_MAX, TEXT_MAX, json_text
from .tags import Raw, Tag, TagValue, evaluate

FIELDS: Final[Mapping[str, type]] = {
    "temperature": float,
    "humidity": float,
    "energy_consumption_kwh": float,
    "operational_status": str,
    "cycle_stage": str,
    "cycle_progress_percentage": float,
    "time_remaining_minutes": float,
    "motor_speed": float,
    "door_status": str,
    "steam_level": float,
    "product_weight": float,
    "moisture_content": float,
}
"""The fields of a reading, besides its zones and additional sensors, with the type of each (the seed's
``equipment_sensor_readings``)."""

OPERATIONAL_STATUSES = (
    "running",
    "idle",
    "warming_up",
    "cooling_down",
    "cleaning",
    "paused",
    "maintenance",
    "error",
    "off",
)
"""The words for ``operational_status`` of all makes, which the map of a tag leads to. Others are kept as they are."""

# Of a field that says its unit in its name: the quantity and the unit that a value of another one is brought into.
_UNITS = {"temperature": "°C", "humidity": "%", "energy_consumption_kwh": "kWh"}
MOST_ADDITIONAL = 500


@dataclass(slots=True)
class Reading:
    """:ivar values: of :data:`FIELDS`, those that are there
    :ivar temperature_zones: °C by zone
    :ivar additional_sensors: everything else, by name of the tag
    :ivar raw_status: what ``operational_status`` was before the map
    :ivar quality: the worst of its values: ``SUSPECT`` where some are bad, ``BAD`` where all are
    :ivar at: newest source time of its values, aware UTC; ``None`` where the peer gave none
    :ivar tags: all values, bad ones included
    """

    values: dict[str, float | str] = field(default_factory=dict)
    temperature_zones: dict[str, float] = field(default_factory=dict)
    additional_sensors: dict[str, Raw] = field(default_factory=dict)
    raw_status: str = ""
    quality: Quality = Quality.GOOD
    at: datetime | None = None
    tags: tuple[TagValue, ...] = ()

    def get(self, name: str) -> float | str | None:
        """A field's value."""
        return self.values.get(name)

    @property
    def bad(self) -> tuple[TagValue, ...]:
        """The values that are none."""
        return tuple(each for each in self.tags if each.quality is Quality.BAD)


def reading_of(values: Iterable[TagValue]) -> Reading:
    """Put the values of tags into a reading.

    A tag with a ``zone`` is the temperature of that zone, one with a ``field`` is that field; the others are additional
    sensors. Where no tag is the temperature, it is that of the first zone: what a card shows of an oven.
    """
    reading = Reading(tags=tuple(values))
    for item in reading.tags:
        if item.value is not None and item.quality is not Quality.BAD:
            _put(reading, item)
    if "temperature" not in reading.values and reading.temperature_zones:
        reading.values["temperature"] = next(iter(reading.temperature_zones.values()))
    reading.quality = _worst(reading.tags)
    reading.at = max((item.at for item in reading.tags if item.at is not None), default=None)
    return reading


def _put(reading: Reading, item: TagValue) -> None:
    tag, value = item.tag, item.value
    if tag.zone and isinstance(value, int | float) and not isinstance(value, bool):
        reading.temperature_zones[tag.zone] = tag.stored(value)
    elif tag.field and FIELDS[tag.field] is str:
        reading.values[tag.field] = str(value).lower() if isinstance(value, bool) else str(value)
        if tag.field == "operational_status":
            reading.raw_status = str(item.raw)
    elif tag.field and isinstance(value, int | float) and not isinstance(value, bool):
        reading.values[tag.field] = _in_field_unit(tag, float(value))
    elif len(reading.additional_sensors) < MOST_ADDITIONAL:
        reading.additional_sensors[tag.name] = value


def _in_field_unit(tag: Tag, value: float) -> float:
    if tag.field == "energy_consumption_kwh" and tag.quantity == "energy":
        return tag.stored(value) / 1000.0
    return tag.stored(value) if tag.field in _UNITS and tag.quantity else value


def _worst(values: tuple[TagValue, ...]) -> Quality:
    qualities = {item.quality for item in values}
    if qualities <= {Quality.GOOD}:
        return Quality.GOOD
    return Quality.BAD if qualities == {Quality.BAD} else Quality.SUSPECT


def reading_without_tags(document: Mapping[str, object]) -> Reading:
    """Read an answer that is described by no tags, as the seed's REST example has it.

    Keys named as the fields of a reading are those fields, an object ``temperature_zones`` gives the zones, and the
    numbers among the rest are additional sensors.
    """
    values: list[TagValue] = []
    zones = document.get("temperature_zones")
    for name, raw in zones.items() if isinstance(zones, dict) else ():
        if zone := json_text(name, NUMBER_MAX):
            values.append(evaluate(Tag(f"temperature_zones.{zone}", "temperature", zone=zone), raw))
    for name, raw in document.items():
        if name in FIELDS:
            quantity = name if name in ("temperature", "humidity") else ""
            values.append(evaluate(Tag(name, quantity, field=name), raw, kind=FIELDS[name]))
        elif isinstance(raw, int | float) and not isinstance(raw, bool) and json_text(name, TEXT_MAX):
            values.append(evaluate(Tag(name), raw))
    return reading_of(values)
