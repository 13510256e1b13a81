"""Messages of every family of devices, a light and a heavy one each, whose parsing is timed."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """A message; ``family`` is the name of its parser, and `weight` is ``light`` or ``heavy``.

    :ivar rules: keyword arguments of the rules that a person would have set, as the generic families need them
    """

    family: str
    weight: str
    topic: str
    payload: bytes
    rules: tuple[dict[str, object], ...] = ()


def _json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _shelly_phase(number: int) -> dict[str, float]:
    letter = "abc"[number]
    return {
        f"{letter}_current": 4.029 + number,
        f"{letter}_voltage": 229.7 - number,
        f"{letter}_act_power": 813.4 + 31 * number,
        f"{letter}_aprt_power": 926.1 + 31 * number,
        f"{letter}_pf": 0.88,
        f"{letter}_freq": 50.0,
    }


def _shelly_meter() -> dict[str, object]:
    document: dict[str, object] = {"id": 0, "n_current": None, "total_current": 15.09}
    for number in range(3):
        document.update(_shelly_phase(number))
    return document | {"total_act_power": 2533.2, "total_aprt_power": 2871.3, "user_calibrated_phase": []}


def _shelly_full_status() -> bytes:
    switches = {
        f"switch:{number}": {
            "id": number,
            "source": "init",
            "output": number % 2 == 0,
            "apower": 118.2 * number,
            "voltage": 231.4,
            "freq": 50.0,
            "current": 0.512 * number,
            "pf": 0.97,
            "aenergy": {"total": 10_211.4 + number, "by_minute": [0.0, 0.0, 0.0], "minute_ts": 1_795_262_400},
            "ret_aenergy": {"total": 0.0, "by_minute": [0.0, 0.0, 0.0], "minute_ts": 1_795_262_400},
            "temperature": {"tC": 41.3, "tF": 106.3},
        }
        for number in range(4)
    }
    probes = {
        f"temperature:{number}": {"id": number, "tC": 54.1 + number / 10, "tF": 129.4}
        for number in range(100, 105)
    }
    system = {
        "ble": {},
        "cloud": {"connected": False},
        "mqtt": {"connected": True},
        "sys": {"mac": "A0A3B3C309C4", "time": "12:00", "unixtime": 1_795_262_400, "uptime": 86_211},
        "wifi": {"sta_ip": "192.0.2.17", "status": "got ip", "ssid": "shop", "rssi": -58},
    }
    source = "shellypro4pm-a0a3b3c309c4"
    parameters = {"ts": 1_795_262_400.42, **switches, **probes, **system}
    return _json(
        {"src": source, "dst": f"{source}/events", "method": "NotifyFullStatus", "params": parameters}
    )


SAMPLES = (
    Sample("shelly_gen1", "light", "shellies/shellyplug-s-7A2C1F/relay/0/power", b"118.25"),
    Sample(
        "shelly_gen1",
        "heavy",
        "shellies/shelly1-7A2C1F/ext_temperatures",
        _json({str(n): {"hwID": f"28ff641ec60{n}31{n}5", "tC": 54.1 + n, "tF": 129.4 + n} for n in range(3)}),
    ),
    Sample(
        "shelly_gen2",
        "light",
        "shellyplus1-a0a3b3c309c4/events/rpc",
        _json(
            {
                "src": "shellyplus1-a0a3b3c309c4",
                "dst": "shellyplus1-a0a3b3c309c4/events",
                "method": "NotifyStatus",
                "params": {"ts": 1_795_262_400.42, "temperature:100": {"id": 100, "tC": 54.1, "tF": 129.4}},
            }
        ),
    ),
    Sample("shelly_gen2", "medium", "shellypro3em-a0a3b3c309c4/status/em:0", _json(_shelly_meter())),
    Sample("shelly_gen2", "heavy", "shellypro4pm-a0a3b3c309c4/events/rpc", _shelly_full_status()),
    Sample(
        "tasmota",
        "light",
        "tele/tank6-probes/SENSOR",
        _json(
            {
                "Time": "2026-11-21T12:00:00",
                "DS18B20": {"Id": "0000048EC44C", "Temperature": 61.4},
                "TempUnit": "C",
            }
        ),
    ),
    Sample(
        "tasmota",
        "heavy",
        "tele/line-2/SENSOR",
        _json(
            {
                "Time": "2026-11-21T12:00:00",
                **{
                    f"DS18B20-{n}": {"Id": f"0000048EC4{n:02X}", "Temperature": 60.2 + n / 10}
                    for n in range(1, 9)
                },
                "ENERGY": {
                    "TotalStartTime": "2026-01-01T00:00:00",
                    "Total": [101.2, 98.7, 112.4],
                    "Yesterday": 12.1,
                    "Today": 4.7,
                    "Power": [812, 790, 833],
                    "ApparentPower": [901, 877, 925],
                    "ReactivePower": [312, 300, 322],
                    "Factor": [0.9, 0.9, 0.9],
                    "Frequency": 50,
                    "Voltage": [230, 231, 229],
                    "Current": [3.917, 3.797, 4.039],
                },
                "BME280": {"Temperature": 24.1, "Humidity": 41.2, "DewPoint": 10.1, "Pressure": 1012.4},
                "TempUnit": "C",
                "PressureUnit": "hPa",
            }
        ),
    ),
    Sample("esphome", "light", "bath-node/sensor/nickel_temperature/state", b"54.31"),
    Sample(
        "esphome", "heavy", "bath-node/sensor/line_2_rectifier_output_current/state", b"1843.751220703125"
    ),
    Sample("openbeken", "light", "obk6127C87F/power/get", b"54.31"),
    Sample("openbeken", "heavy", "shop/hall-2/obk6127C87F/power_apparent/get", b"1843.751220703125"),
    Sample(
        "zigbee2mqtt",
        "light",
        "zigbee2mqtt/oven door",
        _json({"temperature": 24.12, "humidity": 41.2, "battery": 87, "linkquality": 112}),
    ),
    Sample(
        "zigbee2mqtt",
        "heavy",
        "zigbee2mqtt/shop/rectifier plug",
        _json(
            {
                "state": "ON",
                "power": 118.2,
                "current": 0.52,
                "voltage": 231.4,
                "energy": 101.21,
                "power_factor": 0.97,
                "ac_frequency": 50.0,
                "device_temperature": 41,
                "linkquality": 156,
                "child_lock": "UNLOCK",
                "power_outage_memory": "restore",
                "indicator_mode": "off/on",
                "last_seen": "2026-11-21T12:00:00.000Z",
                "update": {"installed_version": 192, "latest_version": 192, "state": "idle"},
                "update_available": False,
            }
        ),
    ),
    Sample("plain", "light", "shop/tank6/temperature", b"54.31", ({"quantity": "temperature"},)),
    Sample(
        "plain",
        "heavy",
        "shop/hall-2/line-1/tank6/bath/temperature",
        b"  129.4 ",
        ({"quantity": "temperature"},),
    ),
    Sample(
        "json",
        "light",
        "shop/tank6",
        _json({"t": 54.31}),
        ({"path": "t", "quantity": "temperature"},),
    ),
    Sample(
        "json",
        "heavy",
        "shop/line-2",
        _json(
            {
                "at": "2026-11-21T12:00:00Z",
                "probes": [{"id": f"28-0000048ec4{n:02x}", "t": 129.4 + n, "ok": True} for n in range(12)],
                "pump": {"state": "ON", "current": 3.21},
            }
        ),
        (
            {"path": "probes[*].t", "quantity": "temperature", "unit": "°F", "serial_path": "probes[*].id"},
            {"path": "pump.current", "quantity": "current"},
        ),
    ),
)
