"""What a kind of probe can measure, and what it says when it cannot.

The one table of kinds: a further kind is a further row. Temperatures in °C, whatever unit a device speaks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

ABSENT = -127.0
"""What the drivers of one-wire probes print for "no answer" (``DEVICE_DISCONNECTED_C`` of DallasTemperature)."""
_ABSENT_IN_F = (ABSENT - 32.0) * 5.0 / 9.0
_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeKind:
    """One kind of probe.

    :ivar source: where its numbers come from
    :ivar minimum: it cannot measure anything below
    :ivar maximum: it cannot measure anything above
    :ivar codes: these exact values mean a broken probe or wire
    :ivar doubtful: these exact values mean the same, and are possible temperatures all the same
    :ivar power_on: the one of ``doubtful`` that it says before its first conversion, hence also as its first value ever
    :ivar max_jump: no two values in succession differ by more than this, with some more for the time between them;
        ``None``: any step is possible
    :ivar still_after_s: a value that has not moved at all for so long is doubted; ``None``: never
    :ivar thermometer: it measures temperatures only
    """

    source: str
    minimum: float
    maximum: float
    codes: tuple[float, ...] = (ABSENT,)
    doubtful: tuple[float, ...] = ()
    power_on: float | None = None
    max_jump: float | None = 30.0
    still_after_s: float | None = 24 * _HOUR
    thermometer: bool = False


# All ones in the register is −0.0625, which firmware also prints as −0.06 and −0.1, some as −0.6 (otb-iot#11). All
# zeros is 0.0 (ds18b20-raspi#4). Before the first conversion the register holds 85.0.
_DS18B20 = ProbeKind(
    source="DS18B20 data sheet (Analog Devices 19-7487): range, power-on value of the temperature register",
    minimum=-55.0,
    maximum=125.0,
    codes=(ABSENT, 127.9375),
    doubtful=(85.0, 0.0, -0.0625, -0.1, -0.6),
    power_on=85.0,
    thermometer=True,
)
# For what nobody knows better: colder than any freezer and hotter than any bath is no measurement.
_OTHER = ProbeKind(
    source="no data sheet: freezers reach −90 °C, salt baths for blackening 150 °C, ovens for hydrogen bake 230 °C",
    minimum=-95.0,
    maximum=500.0,
    doubtful=(_ABSENT_IN_F,),  # also a temperature of a freezer
    power_on=_ABSENT_IN_F,
)
# In an oven that is opened the air falls by 85 °C in two minutes.
_OVEN_JUMP = 100.0
PROBE_KINDS: Mapping[str, ProbeKind] = MappingProxyType(
    {
        "ds18b20": _DS18B20,
        "shelly": replace(
            _DS18B20,
            source="Shelly Add-on with DS18B20; 999 in the Gen1 documentation of ext_temperature",
            codes=(*_DS18B20.codes, 999.0),
        ),
        "tasmota": replace(_DS18B20, source="Tasmota with DS18x20 (xsns_05_ds18x20)"),
        "ntc": ProbeKind(
            source="thermistors of 10 kΩ in steel sleeves, −50 to 150 °C; open and short circuit lie beyond",
            minimum=-50.0,
            maximum=150.0,
            codes=(ABSENT, _ABSENT_IN_F),
            thermometer=True,
        ),
        "pt100": ProbeKind(
            source="IEC 60751, platinum resistance thermometers",
            minimum=-200.0,
            maximum=850.0,
            codes=(),
            doubtful=(ABSENT,),  # also a temperature of what liquid nitrogen cools
            power_on=ABSENT,
            thermometer=True,
        ),
        "thermocouple": ProbeKind(
            source="IEC 60584-1, type K",
            minimum=-270.0,
            maximum=1372.0,
            codes=(),
            doubtful=(ABSENT,),
            power_on=ABSENT,
            max_jump=_OVEN_JUMP,
            thermometer=True,
        ),
        "transmitter": ProbeKind(
            source="IEC 60751: the element of most transmitters is a Pt100",
            minimum=-200.0,
            maximum=850.0,
            doubtful=(_ABSENT_IN_F,),
            power_on=_ABSENT_IN_F,
        ),
        "manual": replace(_OTHER, doubtful=(), power_on=None, max_jump=None, still_after_s=None),
        "other": _OTHER,
    }
)


def probe_kind(name: str, serial: str = "") -> ProbeKind:
    """The kind called ``name``; a probe of unknown kind with the ROM of a DS18B20 is one."""
    if name not in PROBE_KINDS or name == "other":
        name = "ds18b20" if serial.startswith("28-") else "other"
    return PROBE_KINDS[name]


# What firmware and people call the chip or the element that measures.
_CHIPS: Mapping[str, str] = MappingProxyType(
    {
        "max31855": "thermocouple",
        "max31856": "thermocouple",
        "max6675": "thermocouple",
        "mcp9600": "thermocouple",
        "thermocouple": "thermocouple",
        "max31865": "pt100",
        "pt100": "pt100",
        "pt1000": "pt100",
        "mlx90614": "other",
        "thermistor": "ntc",
        "ntc": "ntc",
        "ds18b20": "ds18b20",
        "ds18s20": "ds18b20",
        "ds18x20": "ds18b20",
        "ds1820": "ds18b20",
        "ds18": "ds18b20",
        "dallas": "ds18b20",
        "onewire": "ds18b20",
        "one_wire": "ds18b20",
        "1wire": "ds18b20",
        "1-wire": "ds18b20",
        "1_wire": "ds18b20",
    }
)
# As whole words, with a number or not: "ntc" is also in "bentcorner".
_CHIP = re.compile(rf"(?<![a-z0-9])({'|'.join(sorted(_CHIPS, key=len, reverse=True))})(?![a-z])")
# The Add-on of a Shelly reads a DS18B20 in these places; what is below 100 is the chip of the device itself.
_SHELLY_ADDON = re.compile(r"(temperature:1\d\d|ext_temperature)(?![0-9])")


def guess_kind(family: str, device: str, channel: str, serial: str) -> str:
    """The kind of a probe, as far as a message tells what the sensor is.

    Neither the make of the device nor its name does: all kinds of probes hang on them. What is unknown has the wide
    range of ``other``.

    :param family: what is known of the device's make: name of its parser, manufacturer
    """
    make = family.lower()
    chip = "ds18b20" if serial.startswith("28-") else ""
    for name in (channel.lower(), *device.lower().split("/")):
        if not chip and (found := _CHIP.search(name)):
            chip = _CHIPS[found[1]]
    if "shelly" in make and (chip == "ds18b20" or (not chip and _SHELLY_ADDON.match(channel.lower()))):
        return "shelly"
    if chip == "ds18b20" and "tasmota" in f"{make} {device.lower()}":
        return "tasmota"
    return chip or "other"
