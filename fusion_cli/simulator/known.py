"""What the server has and does, asked over its own RPC: what is missing in the past, and whether it listens."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from ..web import AnswerError, Client
from .line import Reading
from .network import CHANNELS
from .settings import Settings


def newest(settings: Settings) -> dict[str, int] | None:
    """Time of the newest reading of each sensor by serial (epoch seconds; 0 for a sensor without readings).

    None where this login may not see it. Raises `OSError` where the server does not answer properly.
    """
    try:
        rows = _call(
            settings, "fp.tank.sensor", "search_read", [], ["device_serial", "device_channel", "state_at"]
        )
    except AnswerError:
        return None
    by_serial = {row["device_serial"] or CHANNELS.get(row["device_channel"]): row["state_at"] for row in rows}
    return {serial: _epoch(at) for serial, at in by_serial.items() if serial}


def listens(settings: Settings) -> bool:
    """Whether the server has a connection to our broker now. Raises `OSError` like `newest`."""
    wanted = [["state", "=", "connected"], ["port", "=", settings.mqtt_port]]
    return bool(_call(settings, "mqtt.connection", "search_count", wanted))


def metered(settings: Settings) -> dict[str, int]:
    """When the server heard last of the power of each MQTT device (epoch seconds; 0: never).

    Raises `OSError` like `newest`.
    """
    devices = _call(settings, "mqtt.device", "search_read", [], ["device_id", "iot_device_id"])
    power = [["quantity", "=", "power"]]
    channels = _call(settings, "iot.device.channel", "search_read", power, ["device_id", "last_at"])
    last: dict[int, int] = {}
    for row in channels:
        device = row["device_id"][0]
        last[device] = max(last.get(device, 0), _epoch(row["last_at"]))
    return {row["device_id"]: last.get(row["iot_device_id"][0], 0) for row in devices}


def _call(settings: Settings, model: str, method: str, *arguments: object) -> Any:
    client = Client(settings.url)
    login = {"db": settings.database, "login": settings.login, "password": settings.password}
    request = {"model": model, "method": method, "args": list(arguments), "kwargs": {}}
    client.call("/web/session/authenticate", {**login})
    return client.call(f"/web/dataset/call_kw/{model}/{method}", {**request})


def missing(readings: Iterable[Reading], known: dict[str, int] | None) -> list[Reading]:
    """The readings that the server cannot have: newer than its newest of the same sensor.

    Of sensors it does not have nothing is missing; where nothing is known, nothing at all.
    """
    return [reading for reading in readings if reading.at > (known or {}).get(reading.serial, math.inf)]


def _epoch(moment: object) -> int:
    """Odoo's "2026-01-31 12:00:00" (UTC, cut to whole seconds), rounded up; 0 for false."""
    if not isinstance(moment, str):
        return 0
    return int(datetime.fromisoformat(moment).replace(tzinfo=timezone.utc).timestamp()) + 1
