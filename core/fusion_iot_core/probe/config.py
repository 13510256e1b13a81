"""Settings of the measuring, and their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .bus import DEVICES

STORE = "/var/lib/fusion-probe-agent/readings.db"
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Config:
    """What is measured, where it is kept and to whom it is sent. Times in seconds, sizes in bytes."""

    url: str
    token: str
    database: str = ""
    ca_file: str = ""
    server_timeout: float = 20.0
    batch_size: int = 500
    bus: str = DEVICES
    interval: float = 10.0
    probe_timeout: float = 5.0
    faults: bool = True
    store: Path = Path(STORE)
    max_rows: int = 1_000_000
    max_bytes: int = 100 * MEGABYTE
    memory_rows: int = 10_000
    clock: str = "auto"
    log_level: str = "info"
