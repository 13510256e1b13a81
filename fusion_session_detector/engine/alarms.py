"""When which machine has to be looked at, though it says nothing. No Odoo here."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime

from fusion_iot_core.detector import due_at

from .machine import Machine


class Alarms:
    """The machines by the time at which something falls due, on the server's clock.

    An alarm that turns out to be early is set anew when it rings: most messages put it off.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int]] = []

    def set(self, machine: Machine) -> None:
        """Have a machine looked at when something falls due."""
        due = due_at(machine.state, machine.config)
        if due is not None:
            self.set_at(machine, due + machine.delay)

    def set_at(self, machine: Machine, at: datetime) -> None:
        """Have a machine looked at ``at``, or earlier if that was set."""
        if machine.wakes_at is None or at < machine.wakes_at:
            machine.wakes_at = at
            heapq.heappush(self._heap, (at, machine.device_id))

    def ringing(self, machines: dict[int, Machine], now: datetime) -> Iterator[Machine]:
        """The machines to look at by now, each once; their alarms are off."""
        ringing = []
        while self._heap and self._heap[0][0] <= now:
            at, device_id = heapq.heappop(self._heap)
            machine = machines.get(device_id)
            if machine is not None and machine.wakes_at == at:
                machine.wakes_at = None
                ringing.append(machine)
        yield from ringing

    @property
    def next_at(self) -> datetime | None:
        """When the next one rings."""
        return self._heap[0][0] if self._heap else None
