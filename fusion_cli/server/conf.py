"""The configuration file of a private Odoo server."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from .network import LOOPBACK

SERVER_WIDE = ("fusion_iot_base", "fusion_iot")
"""Addons that a server has to load before any database: the one answers devices while the database is away, the
other starts the runtime."""


def write(path: Path, options: dict[str, object]) -> None:
    """Write an Odoo configuration that only its owner can read; who reads the old one meanwhile reads all of it."""
    text = "[options]\n" + "".join(f"{name} = {value}\n" for name, value in options.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp lets nobody else read it.
    descriptor, fresh = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(fresh, path)


def options(
    *,
    addons_path: list[Path],
    socket: Path,
    role: str,
    data: Path,
    database: str,
    demo: bool,
    http_port: int,
    address: str = LOOPBACK,
    gevent_port: int,
    workers: int,
    logfile: Path | None,
    addons: list[str],
) -> dict[str, object]:
    """What the server of a stack is told; ports 0 stand for "no server" (an install), `address` is where it listens."""
    wide = ["base", "rpc", "web", *(name for name in SERVER_WIDE if name in addons)]
    found: dict[str, object] = {
        "addons_path": ",".join(map(str, addons_path)),
        "admin_passwd": secrets.token_urlsafe(24),
        "data_dir": data,
        "db_host": socket,
        "db_user": role,
        "db_name": database,
        "list_db": False,
        "with_demo": demo,
        "server_wide_modules": ",".join(wide),
        "http_interface": address,
        "max_cron_threads": 1,
        "workers": workers,
        "limit_time_cpu": 300,
        "limit_time_real": 600,
        "limit_time_real_cron": 600,
    }
    if http_port:
        found["http_port"] = http_port
        found["gevent_port"] = gevent_port
    if logfile:
        found["logfile"] = logfile
    return found
