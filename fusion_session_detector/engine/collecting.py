"""From the measurements of a batch to what machines were heard to say. No Odoo in the result."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from odoo.addons.fusion_iot_base.protocol import (
    IngestBatch,
    Quality,
    UnitError,
    convert,
    settle_time,
)

from .packing import Heard

LISTED_FOR_S = 2.0
_UNITS = {"power": "W", "energy": "Wh"}
_LISTED = """
    SELECT identifier, id FROM iot_device WHERE session_strategy IS NOT NULL AND session_strategy != 'none' AND active
"""


class Register:
    """Which identifiers belong to machines with sessions, read again every two seconds: a query a batch is too many.

    A machine that has just been given sessions is heard that much later at most.
    """

    def __init__(self) -> None:
        self._listed: dict[str, tuple[float, dict[str, int]]] = {}

    def machines(self, cr) -> dict[str, int]:
        """Device ids by identifier."""
        until, known = self._listed.get(cr.dbname, (0.0, {}))
        if time.monotonic() >= until:
            cr.execute(_LISTED)
            known = dict(cr.fetchall())
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


def collect(batch: IngestBatch, machines: dict[str, int]) -> list[Heard]:
    """What the machines among the devices of a batch said of power, in the order they said it.

    Power and counter of one channel and instant are one message. What is retained, faulty or in no unit of power is
    no word of the machine.
    """
    found: dict[tuple[int, str, datetime], Heard] = {}
    for item in batch.measurements:
        quantity = item.quantity
        if quantity not in _UNITS or item.device not in machines:
            continue
        if item.retained or item.value is None or item.quality is not Quality.GOOD:
            continue
        try:
            value = convert(item.value, item.unit, _UNITS[quantity])
        except UnitError:
            continue
        received_at = item.received_at or batch.received_at
        at = item.at.replace(tzinfo=timezone.utc) if item.at and item.at.tzinfo is None else item.at
        at, _source = settle_time(at, received_at, item.impossible_time)
        key = (machines[item.device], item.channel, at.astimezone(timezone.utc))
        power, counter = (value, None) if quantity == "power" else (None, value)
        known = found.get(key)
        if known is None:
            found[key] = Heard(*key, received_at, power, counter)
        elif known.power_w is None and power is not None:
            found[key] = known._replace(power_w=power)
        elif known.energy_wh is None and counter is not None:
            found[key] = known._replace(energy_wh=counter)
    return list(found.values())
