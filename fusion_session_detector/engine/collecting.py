"""From the measurements of a batch to what machines were heard to say. No Odoo in the result."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timezone
from math import copysign

from fusion_iot_core.detector import MOST_W, MOST_WH, OFF_W
from fusion_iot_core.protocol import (
    IngestBatch,
    Owned,
    Quality,
    UnitError,
    convert,
    settle_time,
)

from .packing import BACK, GONE, Heard
from .strategies import ENGINE_STRATEGIES

LISTED_FOR_S = 2.0
_UNITS = {"power": "W", "energy": "Wh"}
_LISTED = """
    SELECT identifier, company_id, id FROM iot_device
     WHERE session_strategy = ANY(%s) AND active
"""

_ON_CHANGE = """
    SELECT id FROM iot_device
     WHERE session_strategy = ANY(%s) AND active
       AND id = ANY(%s) AND expected_interval = 0
"""


class Register:
    """Which identifiers belong to machines whose sessions are made here.

    Read again every two seconds: a query a batch is too many. A machine that has just been given sessions is heard that
    much later at most.
    """

    def __init__(self) -> None:
        self._listed: dict[str, tuple[float, Owned[int]]] = {}

    def machines(self, cr) -> Owned[int]:
        """Device ids by identifier."""
        until, known = self._listed.get(cr.dbname, (0.0, Owned()))
        if time.monotonic() >= until:
            cr.execute(_LISTED, [list(ENGINE_STRATEGIES)])
            known = Owned(cr.fetchall())
            self._listed[cr.dbname] = (time.monotonic() + LISTED_FOR_S, known)
        return known

    def forget(self) -> None:
        """Read it again the next time."""
        self._listed.clear()


register = Register()
"""The one of this process."""


def speaks_of_power(batch: IngestBatch) -> bool:
    """Whether there is anything in a batch that machines could have said."""
    return any(item.quantity in _UNITS for item in batch.measurements)


def collect(batch: IngestBatch, machines: Owned[int]) -> list[Heard]:
    """What the machines among the devices of a batch said of power, in the order they said it.

    Power and counter of one channel and instant are one message, until one of them comes with another value: that is
    the next. What is retained, faulty, beyond what is possible or in no unit of power is no word of the machine.
    """
    found: list[Heard] = []
    latest: dict[tuple[int, str, datetime], int] = {}
    for item in batch.measurements:
        quantity = item.quantity
        if quantity not in _UNITS:
            continue
        machine = machines.find(item.device, item.company)
        if machine is None:
            continue
        if item.retained or item.value is None or item.quality is not Quality.GOOD:
            continue
        if not item.unit:
            continue  # kW or W: a factor of a thousand is not to be guessed
        try:
            value = convert(item.value, item.unit, _UNITS[quantity])
        except UnitError:
            continue
        if not abs(value) < (MOST_W if quantity == "power" else MOST_WH):
            continue
        received_at = item.received_at or batch.received_at
        at = item.at.replace(tzinfo=timezone.utc) if item.at and item.at.tzinfo is None else item.at
        at, _source = settle_time(at, received_at, item.impossible_time)
        key = (machine, item.channel, at.astimezone(timezone.utc))
        value = OFF_W if item.switched_off else value + 0.0
        power, counter = (value, None) if quantity == "power" else (None, value)
        number = latest.get(key)
        merged = None if number is None else _merged(found[number], power, counter)
        if merged is None:
            latest[key] = len(found)
            found.append(Heard(*key, received_at, power, counter))
        else:
            found[number] = merged
    return found


def _merged(known: Heard, power: float | None, counter: float | None) -> Heard | None:
    """A message with one more value of its instant; ``None`` when that is another message's."""
    if power is not None and known.power_w in (None, power):
        was_off = known.power_w is not None and copysign(1.0, known.power_w) < 0
        return known._replace(power_w=known.power_w if was_off else power)
    if counter is not None and known.energy_wh in (None, counter):
        return known._replace(energy_wh=counter)
    return None


def collect_reach(cr, reach: Mapping[int, bool], at: datetime) -> list[Heard]:
    """Which machines are said to be gone or back, of those whose silence tells nothing: they report on change.

    What a broker had kept is of unknown age, and not to be handed in.

    :param reach: whether they are there, by device id
    """
    if not reach:
        return []
    cr.execute(_ON_CHANGE, [list(ENGINE_STRATEGIES), list(reach)])
    return [
        Heard(device_id, "", at, at, BACK if reach[device_id] else GONE, None)
        for (device_id,) in cr.fetchall()
    ]
