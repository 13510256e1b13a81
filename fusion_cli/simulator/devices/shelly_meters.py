"""Shelly devices that meter a machine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..line import Reading
from ..machine import Machine
from .device import MINUTE, Every, Published
from .shelly import Shelly


class ShellyMeter(Shelly):
    """A Shelly Pro 3EM that meters a machine on three phases, every ten seconds; counters once a minute."""

    def __init__(self, name: str, address: str, machine: Machine) -> None:
        super().__init__(name, address)
        self._machine = machine
        self._period = Every(10)
        self._counters = Every(MINUTE)

    def report(self, now: int, readings: Sequence[Reading]) -> list[Published]:
        """Power of all phases, and the energy so far."""
        found = []
        if self._period.due(now):
            meter = self._meter(self._machine.power(now))
            found += [self._notify(now, {"em:0": meter}), self._status("em:0", meter)]
        if self._counters.due(now):
            counters = self._energy(self._machine.energy(now))
            found += [self._notify(now, {"emdata:0": counters}), self._status("emdata:0", counters)]
        return found + self._heartbeat(now)

    def _meter(self, power: float) -> dict[str, object]:
        found: dict[str, object] = {"id": 0}
        current = apparent = 0.0
        for phase, share, voltage in (("a", 0.34, 231.2), ("b", 0.33, 230.6), ("c", 0.33, 232.0)):
            active = power * share
            aprt = active / 0.93
            found |= {
                f"{phase}_current": round(aprt / voltage, 3),
                f"{phase}_voltage": voltage,
                f"{phase}_act_power": round(active, 1),
                f"{phase}_aprt_power": round(aprt, 1),
                f"{phase}_pf": 0.93,
                f"{phase}_freq": 50.0,
            }
            current += aprt / voltage
            apparent += aprt
        return found | {
            "n_current": None,
            "total_current": round(current, 3),
            "total_act_power": round(power, 3),
            "total_aprt_power": round(apparent, 3),
            "user_calibrated_phase": [],
        }

    def _energy(self, energy: float) -> dict[str, object]:
        found: dict[str, object] = {"id": 0}
        for phase, share in (("a", 0.34), ("b", 0.33), ("c", 0.33)):
            found[f"{phase}_total_act_energy"] = round(energy * share, 2)
            found[f"{phase}_total_act_ret_energy"] = 0.0
        return found | {"total_act": round(energy, 2), "total_act_ret": 0.0}


class ShellyPlug(Shelly):
    """A Shelly Plug S that meters a machine. It tells what changed: power and current every ten seconds, the
    whole of it once a minute.
    """

    _SETTLED = {
        "source": "init",
        "output": True,
        "voltage": 230.1,
        "freq": 50.0,
        "temperature": {"tC": 41.3, "tF": 106.3},
    }
    """What does not change, and is therefore in its whole status only."""

    def __init__(self, name: str, address: str, machine: Machine) -> None:
        super().__init__(name, address)
        self._machine = machine
        self._period = Every(10)
        self._whole = Every(MINUTE)

    def report(self, now: int, readings: Sequence[Reading]) -> list[Published]:
        """What changed, or everything."""
        found = []
        if self._period.due(now):
            power = self._machine.power(now)
            load: dict[str, object] = {
                "id": 0,
                "apower": round(power, 1),
                "current": round(power / 230.0 / 0.9, 3),
            }
            if self._whole.due(now):
                load["aenergy"] = self._energy(now)
                found.append(self._status("switch:0", {**load, **self._SETTLED}))
            found.append(self._notify(now, {"switch:0": load}))
        return found + self._heartbeat(now)

    def _energy(self, now: int) -> dict[str, object]:
        minute = now - now % MINUTE
        before = [self._machine.energy(minute - MINUTE * back) for back in range(4)]
        spent = [round(1000 * (later - earlier), 3) for later, earlier in pairwise(before)]
        return {"total": round(self._machine.energy(now), 3), "by_minute": spent, "minute_ts": minute}
