"""Which of a device's channels measures the machine. No Odoo here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fusion_iot_core.detector import Gone, Sample

from .packing import BACK, GONE, Heard

_PHASE = re.compile(r"\.(?:[a-c]|[1-3])$")
# Where a meter's counter is a component of its own: em:0 measures, emdata:0 counts.
_COUNTERS = re.compile(r"^em(1?)(:\d+)$")


def choose(channels: Iterable[str]) -> str | None:
    """The only channel, or the total of all phases; ``None`` when it cannot be told."""
    names = set(channels)
    totals = [name for name in names if not _PHASE.search(name)]
    if len(totals) == 1:
        return totals[0]
    return names.pop() if len(names) == 1 else None


def counter_of(channel: str) -> str:
    """The channel that the meter's counter of ``channel`` is reported on."""
    return _COUNTERS.sub(r"em\1data\2", channel)


def sample_of(item: Heard, channel: str | None) -> Sample | None:
    """What was heard as a message of the machine that ``channel`` measures; ``None`` when it is none of it."""
    if item.power_w == GONE:
        return Gone(item.at)
    if item.power_w == BACK:
        return Sample(item.at, None, None)
    if item.channel == channel:
        return Sample(item.at, item.power_w, item.energy_wh)
    if channel is not None and item.channel == counter_of(channel):
        return Sample(item.at, None, item.energy_wh)
    return None
