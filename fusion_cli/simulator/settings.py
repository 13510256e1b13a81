"""Where the server is, from the environment (the variables of `.fusion/env`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class MissingSetting(Exception):
    """A variable that cannot be done without."""


@dataclass(frozen=True)
class Settings:
    """Address, database, login and ingest token of the server; its MQTT broker (port 0: there is none)."""

    url: str
    token: str
    database: str
    login: str
    password: str
    mqtt_host: str
    mqtt_port: int

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings. Raises `MissingSetting` where address or token are missing."""
        for name in ("FUSION_URL", "FUSION_INGEST_TOKEN"):
            if not environment.get(name):
                raise MissingSetting(f"{name} is not set; while ./fusion run runs: set -a; . .fusion/env")
        port = environment.get("FUSION_MQTT_PORT", "")
        return cls(
            url=environment["FUSION_URL"],
            token=environment["FUSION_INGEST_TOKEN"],
            database=environment.get("FUSION_DB", ""),
            login=environment.get("FUSION_LOGIN", ""),
            password=environment.get("FUSION_PASSWORD", ""),
            mqtt_host=environment.get("FUSION_MQTT_HOST") or "127.0.0.1",
            mqtt_port=int(port) if port.isdigit() else 0,
        )
