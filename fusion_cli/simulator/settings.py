"""Where the server is, from the environment (the variables of `.fusion/env`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class MissingSetting(Exception):
    """A variable that cannot be done without."""


@dataclass(frozen=True)
class Settings:
    """Address, database, login and ingest token of the server; its MQTT broker (port 0: there is none).

    `mqtt_users` are the passwords of the devices at the broker by name; empty where it asks for none.
    """

    url: str
    token: str
    database: str
    login: str
    password: str
    mqtt_host: str
    mqtt_port: int
    mqtt_users: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings. Raises `MissingSetting` where address or token are missing."""
        for name in ("FUSION_URL", "FUSION_INGEST_TOKEN"):
            if not environment.get(name):
                raise MissingSetting(f"{name} is not set; while ./fusion run runs: set -a; . .fusion/env")
        port = environment.get("FUSION_MQTT_PORT", "")
        users = environment.get("FUSION_MQTT_USERS", "")
        return cls(
            url=environment["FUSION_URL"],
            token=environment["FUSION_INGEST_TOKEN"],
            database=environment.get("FUSION_DB", ""),
            login=environment.get("FUSION_LOGIN", ""),
            password=environment.get("FUSION_PASSWORD", ""),
            mqtt_host=environment.get("FUSION_MQTT_HOST") or "127.0.0.1",
            mqtt_port=int(port) if port.isdigit() else 0,
            mqtt_users=json.loads(Path(users).read_text(encoding="utf-8")) if users else {},
        )
