"""Where the server is, from the environment (the variables of `.fusion/env`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class MissingSetting(Exception):
    """A variable that cannot be done without."""


@dataclass(frozen=True)
class Settings:
    """Address, database, login and ingest token of the server."""

    url: str
    token: str
    database: str
    login: str
    password: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings. Raises `MissingSetting` where address or token are missing."""
        for name in ("FUSION_URL", "FUSION_INGEST_TOKEN"):
            if not environment.get(name):
                raise MissingSetting(f"{name} is not set; while ./fusion run runs: set -a; . .fusion/env")
        names = ("FUSION_URL", "FUSION_INGEST_TOKEN", "FUSION_DB", "FUSION_LOGIN", "FUSION_PASSWORD")
        return cls(*(environment.get(name, "") for name in names))
