"""Devices with Tasmota."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..line import Reading
from ..probe import DS18B20
from .device import Every, Published, compact, moment


class TasmotaGateway:
    """An ESP with Tasmota and one or more DS18B20: all of them in one message every TelePeriod seconds.

    A probe that does not answer is left out; where none does, there is no such message.
    """

    def __init__(self, name: str, serials: tuple[str, ...], *, period: int = DS18B20.interval) -> None:
        self.name = name
        self.serials = serials
        self.will = Published(f"tele/{name}/LWT", "Offline", retain=True)
        self.hello = Published(f"tele/{name}/LWT", "Online", retain=True)
        self._period = Every(period)
        self._values: dict[str, float] = {}
        self._since = 0

    def report(self, now: int, readings: Sequence[Reading]) -> list[Published]:
        """STATE and SENSOR, whenever they are due."""
        self._since = self._since or now
        self._values |= {reading.serial: reading.value for reading in readings}
        if not self._period.due(now):
            return []
        found = [Published(f"tele/{self.name}/STATE", compact(self._state(now)))]
        if self._values:
            found.append(Published(f"tele/{self.name}/SENSOR", compact(self._sensors(now, self._values))))
            self._values = {}
        return found

    def _state(self, now: int) -> dict[str, object]:
        up = now - self._since
        days, rest = divmod(up, 86400)
        return {
            "Time": _local(now),
            "Uptime": f"{days}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}",
            "UptimeSec": up,
            "Heap": 26,
            "SleepMode": "Dynamic",
            "Sleep": 50,
            "LoadAvg": 19,
            "MqttCount": 1,
            "Wifi": {
                "AP": 1,
                "SSId": "plating",
                "BSSId": "9C:9D:7E:00:12:A0",
                "Channel": 6,
                "Mode": "HT20",
                "RSSI": 74,
                "Signal": -63,
                "LinkCount": 1,
                "Downtime": "0T00:00:03",
            },
        }

    def _sensors(self, now: int, values: Mapping[str, float]) -> dict[str, object]:
        found: dict[str, object] = {"Time": _local(now)}
        for number, serial in enumerate(self.serials, 1):
            if serial in values:
                key = f"DS18B20-{number}" if len(self.serials) > 1 else "DS18B20"
                rom = serial.removeprefix("28-").upper()
                found[key] = {"Id": rom, "Temperature": round(values[serial], 1)}
        return found | {"TempUnit": "C"}


def _local(now: int) -> str:
    """As Tasmota writes its own clock, without a zone."""
    return f"{moment(now):%Y-%m-%dT%H:%M:%S}"
