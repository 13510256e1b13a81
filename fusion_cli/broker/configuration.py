"""The configuration of a private Mosquitto."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
SETTINGS = {
    "persistence": "true",
    "autosave_interval": "5",
    "max_queued_messages": "1000000",
    "max_inflight_messages": "500",
    "max_packet_size": "4194304",
    "set_tcp_nodelay": "true",
    "log_dest": "stderr",
    "log_timestamp_format": "%Y-%m-%dT%H:%M:%S",
}
"""What differs from Mosquitto's defaults.

It keeps a million messages for a client that is away (its default is 1000, then it drops them), but none of
QoS 0: `queue_qos0_messages` made Mosquitto 2.0.11 lose messages of QoS 1 that wait among them. What it keeps
survives its clean end, and a crash if it is older than `autosave_interval` seconds; what is younger is lost in a
crash although the sender has its acknowledgement. A message has up to 4 MiB. Small packets are sent at once instead
of waiting for more. Standard error is the log that it does not hold back.
"""


LOG_TYPES = ("error", "warning", "notice")
"""Without `information`, which would tell each time it saves."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A further port on the loopback address. Port 0: a free one.

    With `certificate` and `key` (PEM files) it speaks TLS; `authority` is whom it trusts to sign the certificates
    of clients, which `require_certificate` makes them have. With `passwords` (a file of `mosquitto_passwd`)
    nobody gets in without one of them; `access` (an `acl_file`) says who may publish and read what.
    """

    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    require_certificate: bool = False
    passwords: Path | None = None
    access: Path | None = None

    def lines(self, port: int) -> list[str]:
        """Its part of the configuration."""
        files = {
            "certfile": self.certificate,
            "keyfile": self.key,
            "cafile": self.authority,
            "password_file": self.passwords,
            "acl_file": self.access,
        }
        return [
            f"listener {port} {HOST}",
            f"allow_anonymous {_word(self.passwords is None)}",
            *(f"{name} {path}" for name, path in files.items() if path),
            *(["require_certificate true"] if self.require_certificate else []),
        ]


def text(
    *, data: Path, listeners: Sequence[tuple[int, Listener]], lines: Sequence[str] = (), user: str = ""
) -> str:
    """The configuration file.

    Who may connect is said per port only where there are several: a broker with one port then has no reason to
    ask which port a client that is away came from.
    """
    found = [f"{name} {value}" for name, value in SETTINGS.items()]
    found += [f"log_type {name}" for name in LOG_TYPES]
    found.append(f"persistence_location {data}{os.sep}")
    if user:
        found.append(f"user {user}")
    if len(listeners) > 1:
        found.append("per_listener_settings true")
    found += lines
    for port, listener in listeners:
        found += listener.lines(port)
    return "\n".join(found) + "\n"


def _word(value: bool) -> str:
    return "true" if value else "false"
