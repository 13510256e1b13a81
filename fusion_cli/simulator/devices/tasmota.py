"""Devices with Tasmota."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..line import Reading
from ..probe import DS18B20
from ..program import Program
from .device import Deaf, Every, Published, compact, moment
from .metered import Metered


class Tasmota(Deaf):
    """What all devices with Tasmota have in common; `ssid` is the network they are in."""

    def __init__(self, name: str, ssid: str) -> None:
        self.name = name
        self.will = Published(f"tele/{name}/LWT", "Offline", retain=True)
        self.hello = Published(f"tele/{name}/LWT", "Online", retain=True)
        self._ssid = ssid
        self._since = 0

    def _sensor(self, values: Mapping[str, object]) -> Published:
        return Published(f"tele/{self.name}/SENSOR", compact(values))

    def _state(self, now: int, relays: Mapping[str, str] | None = None) -> Published:
        self._since = self._since or now
        up = now - self._since
        days, rest = divmod(up, 86400)
        state = {
            "Time": _local(now),
            "Uptime": f"{days}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}",
            "UptimeSec": up,
            "Heap": 26,
            "SleepMode": "Dynamic",
            "Sleep": 50,
            "LoadAvg": 19,
            "MqttCount": 1,
            **(relays or {}),
            "Wifi": {
                "AP": 1,
                "SSId": self._ssid,
                "BSSId": "9C:9D:7E:00:12:A0",
                "Channel": 6,
                "Mode": "HT20",
                "RSSI": 74,
                "Signal": -63,
                "LinkCount": 1,
                "Downtime": "0T00:00:03",
            },
        }
        return Published(f"tele/{self.name}/STATE", compact(state))


class TasmotaGateway(Tasmota):
    """An ESP with Tasmota and one or more DS18B20: all of them in one message every TelePeriod seconds.

    A probe that does not answer is left out; where none does, there is no such message.
    """

    def __init__(self, name: str, serials: tuple[str, ...], *, period: int = DS18B20.interval) -> None:
        super().__init__(name, "plating")
        self.serials = serials
        self._period = Every(period)
        self._values: dict[str, float] = {}

    def report(self, now: int, readings: Sequence[Reading]) -> list[Published]:
        """STATE and SENSOR, whenever they are due."""
        self._values |= {reading.serial: reading.value for reading in readings}
        if not self._period.due(now):
            return []
        found = [self._state(now)]
        if self._values:
            found.append(self._sensor(self._sensors(now, self._values)))
            self._values = {}
        return found

    def _sensors(self, now: int, values: Mapping[str, float]) -> dict[str, object]:
        found: dict[str, object] = {"Time": _local(now)}
        for number, serial in enumerate(self.serials, 1):
            if serial in values:
                key = f"DS18B20-{number}" if len(self.serials) > 1 else "DS18B20"
                rom = serial.removeprefix("28-").upper()
                found[key] = {"Id": rom, "Temperature": round(values[serial], 1)}
        return found | {"TempUnit": "C"}


class TasmotaPlug(Tasmota, Metered):
    """A plug with Tasmota that meters a machine: ENERGY when power changes (PowerDelta), else once a minute."""

    _VOLTAGE = 231

    def __init__(self, name: str, program: Program) -> None:
        Tasmota.__init__(self, name, "workshop")
        Metered.__init__(self, program)

    def _tell(self, now: int, power: float, whole: bool) -> list[Published]:
        return [*([self._state(now)] if whole else []), self._past(now, power, whole)]

    def _past(self, now: int, power: float, whole: bool) -> Published:
        total = self._program.energy(now) / 1000
        today = total - self._program.energy(now - now % 86400) / 1000
        energy = {
            "TotalStartTime": "2026-01-01T00:00:00",
            "Total": round(total, 3),
            "Today": round(today, 3),
            "Power": power,
            "ApparentPower": round(power / 0.94, 1),
            "Factor": 0.94 if power else 0.0,
            "Voltage": self._VOLTAGE,
            "Current": round(power / 0.94 / self._VOLTAGE, 3),
        }
        return self._sensor({"Time": _local(now), "ENERGY": energy})


def _local(now: int) -> str:
    """As Tasmota writes its own clock, without a zone."""
    return f"{moment(now):%Y-%m-%dT%H:%M:%S}"
