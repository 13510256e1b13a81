"""Shelly devices of the second and later generations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..line import Reading
from ..probe import DS18B20
from .device import MINUTE, Deaf, Every, Published, compact, moment


class Shelly(Deaf):
    """What all Shelly devices of the second and later generations have in common.

    What changes is notified under `events/rpc` and told again under `status/<component>`. Once a minute the device
    speaks of itself.
    """

    serials: tuple[str, ...] = ()

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.will = Published(f"{name}/online", "false", retain=True)
        self.hello = Published(f"{name}/online", "true", retain=True)
        self._address = address
        self._minute = Every(MINUTE)
        self._since = 0

    def _notify(self, now: int, changes: Mapping[str, object]) -> Published:
        frame = {
            "src": self.name,
            "dst": f"{self.name}/events",
            "method": "NotifyStatus",
            "params": {"ts": now - 0.25, **changes},
        }
        return Published(f"{self.name}/events/rpc", compact(frame))

    def _status(self, component: str, status: object) -> Published:
        return Published(f"{self.name}/status/{component}", compact(status))

    def _heartbeat(self, now: int) -> list[Published]:
        """How the device itself is, once a minute."""
        if not self._minute.due(now):
            return []
        self._since = self._since or now
        system = {
            "mac": self.name.rpartition("-")[2].upper(),
            "restart_required": False,
            "time": f"{moment(now):%H:%M}",
            "unixtime": now,
            "uptime": now - self._since,
            "ram_size": 245760,
            "ram_free": 146804,
            "fs_size": 458752,
            "fs_free": 139264,
            "cfg_rev": 12,
            "available_updates": {},
        }
        wifi = {"sta_ip": self._address, "status": "got ip", "ssid": "plating", "rssi": -58}
        return [self._notify(now, {"sys": system}), self._status("sys", system), self._status("wifi", wifi)]


class ShellyAddon(Shelly):
    """A Shelly Plus 1 with the Add-on and DS18B20 probes; `probes` are their serials by component number.

    Its messages do not carry the serials.
    """

    def __init__(self, name: str, address: str, probes: Mapping[int, str]) -> None:
        super().__init__(name, address)
        self.serials = tuple(probes.values())
        self._numbers = {serial: number for number, serial in probes.items()}

    def report(self, now: int, readings: Sequence[Reading]) -> list[Published]:
        """Every reading at once, twice."""
        found = []
        for reading in readings:
            number = self._numbers[reading.serial]
            status = _celsius(number, reading.value)
            found.append(self._notify(reading.at, {f"temperature:{number}": status}))
            found.append(self._status(f"temperature:{number}", status))
        return found + self._heartbeat(now)

    def recall(self, readings: Sequence[Reading]) -> list[Published]:
        """Readings of the past, with their times, which are only in notifications."""
        found = []
        for reading in readings:
            number = self._numbers[reading.serial]
            found.append(self._notify(reading.at, {f"temperature:{number}": _celsius(number, reading.value)}))
        return found


def _celsius(number: int, value: float) -> dict[str, object]:
    """The status of an Add-on's probe; a broken one has no value."""
    if value == DS18B20.cut:
        return {"id": number, "tC": None, "tF": None, "errors": ["read"]}
    return {"id": number, "tC": round(value, 1), "tF": round(value * 1.8 + 32, 1)}
