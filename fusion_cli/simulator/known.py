"""What the server has of the line already, so that a new start fills in only what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from ..web import AnswerError, Client
from .line import Reading
from .settings import Settings

CALL = "/web/dataset/call_kw/fp.tank.sensor/search_read"


def newest(settings: Settings) -> dict[str, int] | None:
    """Time of the newest reading of each sensor by serial (epoch seconds; 0 for a sensor without readings).

    None where this login may not see it. Raises `OSError` where the server does not answer properly.
    """
    client = Client(settings.url)
    login = {"db": settings.database, "login": settings.login, "password": settings.password}
    request = {
        "model": "fp.tank.sensor",
        "method": "search_read",
        "args": [[], ["device_serial", "state_at"]],
        "kwargs": {},
    }
    try:
        client.call("/web/session/authenticate", {**login}, timeout=60.0)
        rows: Any = client.call(CALL, {**request}, timeout=60.0)
    except AnswerError:
        return None
    return {row["device_serial"]: _epoch(row["state_at"]) for row in rows}


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
