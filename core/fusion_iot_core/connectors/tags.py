"""What is read of a peer: one tag a value."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..protocol import (
    QUANTITIES,
    Quality,
    UnitError,
    ValueProblem,
    beyond_physics,
    convert,
    parse_number,
    units_for,
)
from ..protocol.parsers.json_payload import TEXT_MAX, json_text, shown, text_number
from ..protocol.parsers.json_payload import Unreadable as NoNumber
from .errors import Misconfigured

Raw = bool | int | float | str | None
MOST_TAGS = 500
NAME_MAX = 64


@dataclass(frozen=True, slots=True)
class Tag:
    """One value of a peer.

    :ivar name: unique among the tags of a connection
    :ivar quantity: a key of :data:`~fusion_iot_core.protocol.QUANTITIES`; empty for what is none of them
    :ivar unit: of the value after ``scale`` and ``offset``; empty: that of the quantity
    :ivar zone: of an oven with several: the value is its temperature there
    :ivar scale: factor of the raw number; ``offset`` is added after it
    :ivar map: what a raw number, text or boolean stands for, by its text: ``{"4": "running"}``
    :ivar minimum: what is below is doubted, in ``unit``; ``maximum`` likewise
    :ivar deadband: a change by less is not reported, in ``unit``
    :ivar field: which field of the reading it is; empty: one of its additional sensors
    :ivar address: where its protocol finds it
    """

    name: str
    quantity: str = ""
    unit: str = ""
    zone: str = ""
    scale: float = 1.0
    offset: float = 0.0
    map: Mapping[str, Raw] = dataclasses.field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    deadband: float = 0.0
    field: str = ""
    address: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def stored(self, value: float) -> float:
        """A value in the one unit of its quantity: 356 °F are 180 °C."""
        return convert(value, self.unit, QUANTITIES[self.quantity].unit) if self.quantity else value


@dataclass(frozen=True, slots=True)
class TagValue:
    """What a tag had.

    :ivar value: a number in the tag's unit, a text or a boolean; ``None`` where there is none
    :ivar quality: ``SUSPECT`` is kept and judged by nobody, ``BAD`` is no value
    :ivar at: source time, aware UTC; ``None`` where the peer gave none
    :ivar raw: as the peer had it
    :ivar reason: why it is not good, for people
    """

    tag: Tag
    value: Raw
    quality: Quality = Quality.GOOD
    at: datetime | None = None
    raw: Raw = None
    reason: str = ""


def parse_tags(
    items: object, fields: Mapping[str, type], path: str = "additional_config.tags"
) -> tuple[Tag, ...]:
    """The tags of a configuration.

    :param items: a list of objects: the keys of :class:`Tag`, with ``min`` and ``max`` for its bounds; all other keys
        are the address
    :param fields: the fields of a reading that a tag can be
    :raise Misconfigured: names the tag and the key
    """
    if not isinstance(items, list):
        raise Misconfigured("A list of tags is needed.", path)
    if len(items) > MOST_TAGS:
        raise Misconfigured(f"{len(items)} tags are too many: {MOST_TAGS} at most.", path)
    tags: list[Tag] = []
    names: set[str] = set()
    for number, item in enumerate(items):
        where = f"{path}[{number}]"
        tag = _parse_tag(item, fields, where)
        if tag.name in names:
            raise Misconfigured(f"Two tags are called {tag.name!r}.", f"{where}.name")
        names.add(tag.name)
        tags.append(tag)
    return tuple(tags)


def _parse_tag(item: object, fields: Mapping[str, type], where: str) -> Tag:
    if not isinstance(item, dict):
        raise Misconfigured("A tag is an object.", where)
    rest = dict(item)
    name = json_text(rest.pop("name", None), NAME_MAX)
    if not name:
        raise Misconfigured(f"A name of 1 to {NAME_MAX} characters is needed.", f"{where}.name")
    quantity = _text(rest, "quantity", where)
    if quantity and quantity not in QUANTITIES:
        raise Misconfigured(
            f"{quantity!r} is no quantity: one of {', '.join(sorted(QUANTITIES))}.", f"{where}.quantity"
        )
    name_of_field = _text(rest, "field", where)
    if name_of_field and name_of_field not in fields:
        raise Misconfigured(
            f"A reading has no field {name_of_field!r}: one of {', '.join(sorted(fields))}.", f"{where}.field"
        )
    minimum, maximum = _number(rest, "min", where, None), _number(rest, "max", where, None)
    if minimum is not None and maximum is not None and minimum > maximum:
        raise Misconfigured("The minimum is above the maximum.", f"{where}.min")
    deadband = _number(rest, "deadband", where, 0.0) or 0.0
    if deadband < 0:
        raise Misconfigured("A deadband is not negative.", f"{where}.deadband")
    scale = _number(rest, "scale", where, 1.0)
    offset = _number(rest, "offset", where, 0.0)
    return Tag(
        name,
        quantity,
        _unit(rest, quantity, where),
        _text(rest, "zone", where),
        1.0 if scale is None else scale,
        offset or 0.0,
        _map(rest.pop("map", None), where),
        minimum,
        maximum,
        deadband,
        name_of_field,
        rest,
    )


def _text(item: dict[str, Any], key: str, where: str) -> str:
    value = item.pop(key, None)
    if value in (None, ""):
        return ""
    if not (text := json_text(value, NAME_MAX)):
        raise Misconfigured(f"A text of up to {NAME_MAX} characters is needed.", f"{where}.{key}")
    return text


def _unit(item: dict[str, Any], quantity: str, where: str) -> str:
    unit = _text(item, "unit", where)
    if quantity:
        try:
            convert(0.0, unit, QUANTITIES[quantity].unit)
        except UnitError:
            known = ", ".join(each for each in units_for(quantity) if each) or "none"
            raise Misconfigured(
                f"{unit!r} is no unit of a {QUANTITIES[quantity].label.lower()}: {known}.", f"{where}.unit"
            ) from None
    return unit


def _number(item: dict[str, Any], key: str, where: str, usual: float | None) -> float | None:
    value = item.pop(key, None)
    if value is None:
        return usual
    try:
        return parse_number(value)
    except ValueProblem as exc:
        raise Misconfigured(f"{exc}.", f"{where}.{key}") from None


def _map(value: object, where: str) -> dict[str, Raw]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(
        isinstance(each, bool | int | float | str) for each in value.values()
    ):
        raise Misconfigured(
            'An object of raw values and what they stand for is needed: {"4": "running"}.', f"{where}.map"
        )
    return {str(key).strip(): each for key, each in value.items()}


def evaluate(
    tag: Tag,
    raw: object,
    quality: Quality = Quality.GOOD,
    at: datetime | None = None,
    reason: str = "",
    kind: type = float,
) -> TagValue:
    """What a raw value says, in the words and unit of its tag.

    Never raises: what cannot be read is a bad value with its reason. What is not in the map stays as it is and is
    doubted; so is what is out of the tag's bounds, or of what its quantity can be.

    :param quality: what the protocol knows of it; it becomes no better here
    :param kind: of the value: ``float`` reads texts such as ``"185.5"`` as numbers, ``str`` keeps them
    """
    kept = raw if isinstance(raw, bool | int | float | str) else None
    if isinstance(kept, str):
        kept = json_text(kept, TEXT_MAX) or None
    if kept is None or quality is Quality.BAD:
        why = reason or ("No value." if raw is None else "Not a value that can be kept.")
        return TagValue(tag, None, Quality.BAD, at, kept, why)
    if tag.map:
        known, value = _mapped(kept, tag.map)
        if not known and _plain(kept) is None:
            return TagValue(tag, None, Quality.BAD, at, None, "Neither in the map nor a number.")
        if not known:
            return TagValue(
                tag, _plain(kept), Quality.SUSPECT, at, kept, f"{shown(str(kept))} is not in the map."
            )
        if isinstance(value, str | bool) or kind is str:
            return TagValue(tag, value, quality, at, kept, reason)
        kept_number: float | NoNumber = (
            float(value) if value is not None else NoNumber("invalid_value", "No value.")
        )
    elif isinstance(kept, bool) or (kind is str and isinstance(kept, str)):
        return TagValue(tag, kept, quality, at, kept, reason)
    else:
        kept_number = _number_of(kept)
    if isinstance(kept_number, NoNumber):
        if isinstance(kept, str) and not tag.quantity:
            return TagValue(tag, kept, quality, at, kept, reason)  # a text among the additional sensors
        return TagValue(tag, None, Quality.BAD, at, _plain(kept), kept_number.message)
    return _graded(tag, kept_number * tag.scale + tag.offset, quality, at, kept, reason)


def _number_of(raw: bool | int | float | str) -> float | NoNumber:
    if isinstance(raw, str):
        return text_number(raw)
    try:
        return parse_number(raw)
    except ValueProblem as exc:
        return NoNumber("invalid_value", f"Not a measurement: {exc}.")


def _graded(tag: Tag, value: float, quality: Quality, at: datetime | None, raw: Raw, reason: str) -> TagValue:
    if not math.isfinite(value):
        return TagValue(
            tag, None, Quality.BAD, at, _plain(raw), "Scaled, it is beyond the range of a double."
        )
    unit = f" {tag.unit}" if tag.unit else ""
    doubt = ""
    if tag.minimum is not None and value < tag.minimum:
        doubt = f"{value:g}{unit} is below the minimum of {tag.minimum:g}."
    elif tag.maximum is not None and value > tag.maximum:
        doubt = f"{value:g}{unit} is above the maximum of {tag.maximum:g}."
    elif tag.quantity and beyond_physics(tag.stored(value), tag.quantity):
        doubt = f"{value:g}{unit} cannot be: a {QUANTITIES[tag.quantity].label.lower()} is not that."
    if doubt:
        return TagValue(tag, value, Quality.SUSPECT, at, raw, doubt)
    return TagValue(tag, value, quality, at, raw, reason)


def _mapped(raw: bool | int | float | str, values: Mapping[str, Raw]) -> tuple[bool, Raw]:
    """Whether the map has the raw value, and what it stands for. ``4.0`` is ``4``; letters count in either case."""
    text = str(raw).strip()
    if isinstance(raw, bool):
        text = text.lower()
    elif isinstance(raw, float) and raw.is_integer():
        text = str(int(raw))
    if text in values:
        return True, values[text]
    text = text.casefold()
    return next(((True, value) for key, value in values.items() if key.casefold() == text), (False, None))


def _plain(raw: Raw) -> Raw:
    """A value that JSON has: none that is not finite."""
    return None if isinstance(raw, float) and not math.isfinite(raw) else raw


def raw_for(tag: Tag, value: Raw) -> Raw:
    """What a peer needs to have for a tag to have a value: its map, offset and scale, backwards.

    :raise Misconfigured: where there is no such value
    """
    if tag.map:
        text = str(value).casefold()
        raw = next((each for each, shown in tag.map.items() if str(shown).casefold() == text), None)
        if raw is None:
            known = ", ".join(str(each) for each in tag.map.values())
            raise Misconfigured(f"{value!r} is none of its values: {known}.", "value")
        return raw
    if (tag.scale == 1.0 and tag.offset == 0.0) or isinstance(value, bool) or value is None:
        return value
    if not tag.scale:
        raise Misconfigured("With a scale of 0 nothing can be written.", "tag")
    try:
        return (float(value) - tag.offset) / tag.scale
    except ValueError:
        raise Misconfigured(f"{value!r} is no number.", "value") from None
