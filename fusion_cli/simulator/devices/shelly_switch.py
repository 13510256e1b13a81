"""Shelly plugs and relays that meter the machine behind them."""

from __future__ import annotations

from itertools import pairwise

from ..program import Program
from .device import MINUTE, Published
from .metered import Metered
from .shelly import Shelly


class ShellySwitch(Shelly, Metered):
    """A Shelly Plug S, Plus 1PM or Pro 1PM: notifies when power changes, and once a minute with its counter."""

    _SETTLED = {
        "source": "init",
        "output": True,
        "voltage": 230.4,
        "freq": 50.0,
        "temperature": {"tC": 44.1, "tF": 111.4},
    }
    """What does not change, and is therefore in its whole status only."""

    def __init__(self, name: str, address: str, program: Program) -> None:
        Shelly.__init__(self, name, address)
        Metered.__init__(self, program)

    def _tell(self, now: int, power: float, whole: bool) -> list[Published]:
        load = self._load(now, power, whole)
        found = [self._notify(now, {"switch:0": load})]
        if whole:
            found.append(self._status("switch:0", {**load, **self._SETTLED}))
        return found + self._heartbeat(now)

    def _past(self, now: int, power: float, whole: bool) -> Published:
        return self._notify(now, {"switch:0": self._load(now, power, whole)})

    def _load(self, now: int, power: float, whole: bool) -> dict[str, object]:
        load: dict[str, object] = {"id": 0, "apower": power, "current": round(power / 230.4 / 0.92, 3)}
        return load | {"aenergy": self._energy(now)} if whole else load

    def _energy(self, now: int) -> dict[str, object]:
        minute = now - now % MINUTE
        before = [self._program.energy(minute - MINUTE * back) for back in range(4)]
        spent = [round(1000 * (later - earlier), 3) for later, earlier in pairwise(before)]
        return {"total": round(self._program.energy(now), 3), "by_minute": spent, "minute_ts": minute}
