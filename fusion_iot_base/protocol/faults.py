"""Values that speak of the probe, not of the bath.

A DS18B20 reports −127 (no answer), 127.94 (all bits set) or its power-on value 85.0 when something is wrong
with it; Shelly firmware reports 999. 85.0 is also an ordinary temperature of an electroless nickel bath, so
it is doubted only where it cannot be real. Sources: DS18B20 data sheet (Maxim 19-7487), section
"Temperature register"; Shelly Gen1 documentation of ``ext_temperature``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .quality import Quality
from .quantities import QUANTITIES

_SAME = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRules:
    """What a kind of probe says when it is broken. Values in the quantity's stored unit.

    :ivar bad: these exact values mean a broken probe or wire
    :ivar power_on: this value is what the probe holds before its first conversion
    :ivar max_step: a change faster than ``max_rate`` and larger than this cannot be real
    :ivar max_rate: unit per second
    """

    bad: tuple[float, ...] = ()
    power_on: float | None = None
    max_step: float = 5.0
    max_rate: float = 2.0


_DS18B20 = FaultRules(bad=(-127.0, 127.9375), power_on=85.0)
FAULT_RULES: Mapping[str, FaultRules] = MappingProxyType(
    {
        "ds18b20": _DS18B20,
        "shelly": FaultRules(bad=(*_DS18B20.bad, 999.0), power_on=85.0),
        "tasmota": _DS18B20,
    }
)
_NONE = FaultRules()


def grade(
    value: float,
    *,
    kind: str,
    quantity: str,
    previous: float | None,
    previous_age: float | None,
    silence: float | None,
    gap: float,
) -> Quality:
    """Grade one value of a probe.

    :param value: in the stored unit of ``quantity``
    :param kind: kind of probe, a key of :data:`FAULT_RULES`; others have no special values
    :param previous: the last good value of the probe; ``None`` when there is none
    :param previous_age: seconds since then
    :param silence: seconds since the probe's last reading of any quality; ``None`` when there is none
    :param gap: seconds of silence after which the probe may have been restarted
    """
    rules = FAULT_RULES.get(kind, _NONE)
    for fault in rules.bad:
        if abs(value - fault) < _SAME:
            return Quality.BAD
    bounds = QUANTITIES.get(quantity)
    if bounds is not None:
        if bounds.minimum is not None and value < bounds.minimum:
            return Quality.BAD
        if bounds.maximum is not None and value > bounds.maximum:
            return Quality.BAD
    if rules.power_on is not None and abs(value - rules.power_on) < _SAME:
        if silence is None or silence > gap:
            return Quality.SUSPECT
        if previous is not None and previous_age is not None:
            step = abs(value - previous)
            if step > rules.max_step and step > rules.max_rate * previous_age:
                return Quality.SUSPECT
    return Quality.GOOD
