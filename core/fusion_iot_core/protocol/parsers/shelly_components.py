"""The components of Shelly devices of the second and later generations, and what is measured in their status.

Source: Shelly's public documentation of the Gen2+ API, one page a component. Everything the devices measure
is already in the quantities' units: W, VA, V, A, Hz, Wh, °C, %. Not measured are values in a unit that only the
device's configuration knows (``xvoltage``, ``xpercent``) and counts without a unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .findings import Findings
from .json_payload import json_number, json_text
from .shelly import read_number


@dataclass(frozen=True, slots=True)
class Field:
    """One measured value in the status of a component.

    :ivar path: where it is in the status object
    :ivar part: phase of a meter (``a``); becomes ``em:0.a`` in the channel
    :ivar null_is_fault: the device says ``null`` of it only when it cannot measure
    """

    path: tuple[str, ...]
    quantity: str
    part: str = ""
    null_is_fault: bool = False

    @property
    def name(self) -> str:
        """Its name in error words such as ``out_of_range:voltage``."""
        return self.path[-1].removeprefix(f"{self.part}_") if self.part else self.path[-1]


@dataclass(frozen=True, slots=True)
class Component:
    """A kind of component.

    :ivar probe: any error that it reports speaks of what it measures. Others also report conditions that do not
        touch the measurement (``overpower``).
    """

    fields: tuple[Field, ...]
    probe: bool = False


_HEAT = Field(("temperature", "tC"), "device_temperature", null_is_fault=True)
_LOAD = Component(
    (
        Field(("apower",), "power"),
        Field(("aprtpower",), "apparent_power"),
        Field(("voltage",), "voltage"),
        Field(("current",), "current"),
        Field(("pf",), "power_factor"),
        Field(("freq",), "frequency"),
        Field(("aenergy", "total"), "energy"),
        Field(("ret_aenergy", "total"), "energy_returned"),
        _HEAT,
    )
)
_METER = (
    ("act_power", "power"),
    ("aprt_power", "apparent_power"),
    ("voltage", "voltage"),
    ("current", "current"),
    ("pf", "power_factor"),
    ("freq", "frequency"),
)
_COUNTERS = (("total_act_energy", "energy"), ("total_act_ret_energy", "energy_returned"))
_PHASES = ("a", "b", "c")


def _phases(names: tuple[tuple[str, str], ...]) -> tuple[Field, ...]:
    return tuple(
        Field((f"{phase}_{name}",), quantity, phase) for phase in _PHASES for name, quantity in names
    )


COMPONENTS: Mapping[str, Component] = MappingProxyType(
    {
        **dict.fromkeys(("switch", "cover", "light", "cct", "rgb", "rgbw", "rgbcct", "pm1"), _LOAD),
        "em": Component(
            (
                *_phases(_METER),
                Field(("n_current",), "current", "n"),
                Field(("total_act_power",), "power"),
                Field(("total_aprt_power",), "apparent_power"),
                Field(("total_current",), "current"),
            )
        ),
        "em1": Component(tuple(Field((name,), quantity) for name, quantity in _METER)),
        "emdata": Component(
            (
                *_phases(_COUNTERS),
                Field(("total_act",), "energy"),
                Field(("total_act_ret",), "energy_returned"),
            )
        ),
        "em1data": Component(tuple(Field((name,), quantity) for name, quantity in _COUNTERS)),
        "temperature": Component((Field(("tC",), "temperature", null_is_fault=True),), probe=True),
        "humidity": Component((Field(("rh",), "humidity", null_is_fault=True),), probe=True),
        "voltmeter": Component((Field(("voltage",), "voltage", null_is_fault=True),), probe=True),
        "input": Component((Field(("percent",), "level"), Field(("freq",), "frequency")), probe=True),
        "bthomedevice": Component((Field(("battery",), "battery"),)),
        "devicepower": Component(
            (Field(("battery", "percent"), "battery"), Field(("battery", "V"), "voltage")), probe=True
        ),
    }
)

_METER_FAILURE = "power_meter_failure"
_ABSENT = object()
_MAX_ERRORS = 16


def component_of(channel: str) -> Component | None:
    """The kind of component that ``switch:0`` is; ``None`` for one that measures nothing, and for junk."""
    kind, _, number = channel.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) <= 6):
        return None
    return COMPONENTS.get(kind)


def read_component(
    findings: Findings, channel: str, component: Component, status: Mapping[str, object]
) -> None:
    """What a whole or partial status of a component measures. What is not in it is not measured."""
    errors = _errors(status, "errors")
    if component.probe and errors:
        findings.problem("sensor_fault", f"{channel} reports {', '.join(errors)}.")
    output = status.get("output")
    if isinstance(output, bool):
        findings.switched(channel, output)
    for field in component.fields:
        value = _dig(status, field.path)
        if output is False and field.quantity == "power" and type(value) in (int, float):
            value = 0.0  # the relay is before the meter
        where = f"{channel}.{field.part}" if field.part else channel
        concerning = (*errors, *_errors(status, f"{field.part}_errors")) if field.part else errors
        if value is _ABSENT:
            if concerning and component.probe and len(component.fields) == 1:
                findings.broken(field.quantity, where)
        elif concerning and (value is None or _spoilt(component, field, concerning)):
            findings.broken(field.quantity, where)
        elif value is not None:
            read_number(findings, field.quantity, json_number(value), where)
        elif field.null_is_fault:
            findings.broken(field.quantity, where)


def _spoilt(component: Component, field: Field, errors: tuple[str, ...]) -> bool:
    if component.probe or f"out_of_range:{field.name}" in errors:
        return True
    return _METER_FAILURE in errors and len(field.path) == 1  # counters and the device's heat stay true


def _errors(status: Mapping[str, object], key: str) -> tuple[str, ...]:
    errors = status.get(key)
    if not isinstance(errors, list):
        return ()
    return tuple(filter(None, (json_text(error, 64) for error in errors[:_MAX_ERRORS])))


def _dig(status: Mapping[str, object], path: tuple[str, ...]) -> object:
    value: object = status
    for key in path:
        if not isinstance(value, dict):
            return _ABSENT
        value = value.get(key, _ABSENT)
    return value
