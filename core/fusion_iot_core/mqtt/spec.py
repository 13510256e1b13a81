"""What a person set for an MQTT connection, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class MqttSpec:
    """Settings of one connection. Secrets are kept out of its ``repr``.

    :ivar unreadable: why a secret that was set cannot be read, for people; empty where all can be
    :ivar protocol_version: ``3.1.1`` or ``5``
    :ivar keepalive: seconds
    :ivar session_expiry: seconds the broker keeps the session of an absent client (MQTT 5)
    :ivar inflight_window: messages the broker may send before the first is acknowledged (MQTT 5)
    :ivar batch_size: messages that are committed together at most
    :ivar flush_interval: milliseconds after which fewer are
    :ivar discovery_filter: topic filter that is subscribed besides those of the devices; empty for none
    :ivar topic_rate: messages of QoS 0 a second that are let in of a topic; of a device and of all likewise
    :ivar log_level: ``off``, ``errors`` or ``all``
    :ivar company: id of its company; ``None``: of all
    :ivar routes_version: changes with every change of the connection's devices
    :ivar newest_command: id of the newest command that waits to be published; 0 for none
    """

    id: int
    name: str
    host: str
    port: int
    client_id: str
    tls: bool = False
    ca_certificate: str = field(default="", repr=False)
    client_certificate: str = field(default="", repr=False)
    client_key: str = field(default="", repr=False)
    tls_insecure: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    unreadable: str = ""
    keepalive: int = 60
    protocol_version: str = "5"
    clean_session: bool = False
    session_expiry: int = 604_800
    inflight_window: int = 10_000
    batch_size: int = 4_000
    flush_interval: int = 50
    discovery_filter: str = ""
    topic_rate: int = 100
    device_rate: int = 1_000
    connection_rate: int = 5_000
    log_level: str = "errors"
    log_keep_count: int = 10_000
    log_keep_mib: int = 64
    company: int | None = None
    routes_version: str = ""
    newest_command: int = 0

    @classmethod
    def of(cls, connection: Any, secrets: Mapping[str, str | None], unreadable: str = "") -> MqttSpec:
        """The settings of an `mqtt.connection`, read with the rights of the caller. The id is 0 for one not stored.

        :param secrets: ``password`` and ``client_key`` in clear; ``None`` for one that cannot be read
        """
        connection.ensure_one()
        values: dict[str, Any] = {
            item.name: connection[item.name] or item.default
            for item in fields(cls)
            if item.name in connection._fields and item.name != "id" and item.name not in secrets
        }
        values |= {name: text or "" for name, text in secrets.items()}
        values["discovery_filter"] = (connection.discovery and connection.discovery_filter) or ""
        values["tls"] = bool(connection.tls)
        company = connection.company_id._origin.id or None
        return cls(id=connection._origin.id or 0, company=company, unreadable=unreadable, **values)

    def same_link(self, other: MqttSpec) -> bool:
        """Whether ``other`` can be served without connecting anew."""
        return all(
            getattr(self, item.name) == getattr(other, item.name)
            for item in fields(self)
            if item.name not in _IN_PLACE
        )


_IN_PLACE = frozenset(
    {
        *(
            "name",
            "batch_size",
            "flush_interval",
            "discovery_filter",
            "company",
            "routes_version",
            "newest_command",
        ),
        *("topic_rate", "device_rate", "connection_rate", "log_level", "log_keep_count", "log_keep_mib"),
    }
)
