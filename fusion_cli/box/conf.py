"""The `odoo.conf` of a box. The client writes what it wants to remember into it, too."""

from __future__ import annotations

import configparser
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl

SECTION = "iot.box"
WIDE = ("base", "web", "iot_drivers")
CONNECTION = ("token", "db_uuid", "enterprise_code", "db_name")


def write(path: Path, *, http_port: int, gevent_port: int, addons: Sequence[Path]) -> None:
    """Write the configuration of a box that belongs to nobody yet; `addons` are loaded besides the client."""
    conf = configparser.RawConfigParser()
    folder = path.parent
    conf["options"] = {
        "server_wide_modules": ",".join((*WIDE, *(addon.name for addon in addons))),
        "data_dir": str(folder / "data"),
        "http_interface": "127.0.0.1",
        "http_port": str(http_port),
        "gevent_port": str(gevent_port),
        "max_cron_threads": "0",
        "db_host": str(folder / "no-database"),
        "log_handler": ":INFO,werkzeug:WARNING",
    }
    if addons:
        conf["options"]["addons_path"] = ",".join(sorted({str(addon.parent) for addon in addons}))
    _save(path, conf)


def connect(path: Path, connection: str) -> None:
    """Note a server token (`<address>?token=…&db_name=…`) as the client itself notes one that is pasted."""
    conf = configparser.RawConfigParser()
    conf.read(path, encoding="utf-8")
    url, _mark, query = connection.partition("?")
    parts = dict(parse_qsl(query))
    conf[SECTION] = {"remote_server": url} | {key: parts[key] for key in CONNECTION if key in parts}
    _save(path, conf)


def noted(path: Path, key: str) -> str:
    """What the client has noted there; empty where it has nothing."""
    conf = configparser.RawConfigParser()
    conf.read(path, encoding="utf-8")
    return conf.get(SECTION, key, fallback="")


def _save(path: Path, conf: configparser.RawConfigParser) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        conf.write(file)
