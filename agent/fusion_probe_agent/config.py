"""The configuration file."""

from __future__ import annotations

import configparser
import difflib
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Callable, TypeVar
from urllib.parse import urlsplit

from fusion_iot_core.probe.bus import DEVICES
from fusion_iot_core.probe.config import MEGABYTE, STORE, Config

PLACE = Path("/etc/fusion-probe-agent.ini")
LEVELS = ("debug", "info", "warning", "error")
CLOCKS = ("auto", "system")
T = TypeVar("T")


class ConfigError(Exception):
    """The configuration cannot be used; the message says what to change."""


class _Section:
    """Reads the values of one section, and takes note of which there are."""

    def __init__(self, name: str, values: Mapping[str, str]) -> None:
        self.name = name
        self._values = dict(values)
        self._asked: list[str] = []

    def get(self, key: str, default: T, convert: Callable[[str], T]) -> T:
        self._asked.append(key)
        text = self._values.pop(key, "").strip()
        if not text:
            return default
        try:
            return convert(text)
        except ValueError as error:
            raise ConfigError(f"[{self.name}] {key} = {text}: {error}.") from None

    def close(self) -> None:
        for key in self._values:
            near = difflib.get_close_matches(key, self._asked, 1)
            hint = f" Is {near[0]} meant?" if near else f" There are: {', '.join(self._asked)}."
            raise ConfigError(f"[{self.name}] has no setting {key}.{hint}")


def load(path: Path) -> Config:
    """Read a file. Raises `ConfigError`."""
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8.") from None
    except configparser.Error as error:
        raise ConfigError(" ".join(str(error).split())) from None
    return _read(parser)


def open_to_all(path: Path) -> bool:
    """Whether everybody on this device may read the file, and the token in it."""
    return bool(path.stat().st_mode & stat.S_IROTH)


def _read(parser: configparser.ConfigParser) -> Config:
    known = ("server", "probes", "store", "clock", "log")
    for name in parser.sections():
        if name not in known:
            raise ConfigError(f"There is no section [{name}]. There are: {', '.join(known)}.")
    server, probes, store, clock, log = (
        _Section(name, dict(parser[name]) if name in parser else {}) for name in known
    )
    config = Config(
        url=server.get("url", "", _url),
        token=_token(server.get("token", "", str), server.get("token_file", "", str)),
        database=server.get("database", "", str),
        ca_file=server.get("ca_file", "", _file),
        server_timeout=server.get("timeout", 20.0, _number(1, 300)),
        batch_size=server.get("batch", 500, _whole(1, 10_000)),
        bus=probes.get("path", DEVICES, str),
        interval=probes.get("interval", 10.0, _number(0.05, 86_400)),
        probe_timeout=probes.get("timeout", 5.0, _number(0.05, 600)),
        faults=probes.get("faults", True, _choice({"yes": True, "no": False})),
        store=Path(store.get("path", STORE, str)),
        max_rows=store.get("max_rows", 1_000_000, _whole(100, 100_000_000)),
        max_bytes=int(store.get("max_megabytes", 100.0, _number(0.2, 1_000_000)) * MEGABYTE),
        memory_rows=store.get("memory_rows", 10_000, _whole(100, 1_000_000)),
        clock=clock.get("trust", "auto", _choice({name: name for name in CLOCKS})),
        log_level=log.get("level", "info", _choice({name: name for name in LEVELS})),
    )
    for section in (server, probes, store, clock, log):
        section.close()
    if not config.url:
        raise ConfigError("[server] url is missing: the address of Odoo, such as https://odoo.example.com.")
    return config


def _token(token: str, token_file: str) -> str:
    if token_file:
        try:
            token = Path(token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"[server] token_file = {token_file}: {error}.") from None
    if not token:
        raise ConfigError("[server] token is missing. It is made in Odoo: Settings > IoT > Rotate token.")
    return token


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address is like https://odoo.example.com")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("an address without user, ? and # is needed")
    _ = parts.port  # raises where it is no port
    return text.rstrip("/")


def _file(text: str) -> str:
    if not Path(text).is_file():
        raise ValueError("there is no such file")
    return text


def _number(low: float, high: float) -> Callable[[str], float]:
    def convert(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise ValueError("a number is needed") from None
        if not low <= number <= high:
            raise ValueError(f"it can be from {low:g} to {high:g}")
        return number

    return convert


def _whole(low: int, high: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError("a whole number is needed") from None
        if not low <= number <= high:
            raise ValueError(f"it can be from {low} to {high}")
        return number

    return convert


def _choice(choices: Mapping[str, T]) -> Callable[[str], T]:
    def convert(text: str) -> T:
        if text.lower() not in choices:
            raise ValueError(f"it can be {' or '.join(choices)}")
        return choices[text.lower()]

    return convert
