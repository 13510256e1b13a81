"""What a connection is configured with, as the seed has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..protocol import ValueProblem, parse_number
from .errors import Misconfigured
from .reading import FIELDS
from .tags import Tag, parse_tags

TIMEOUT_S = 10.0
LONGEST_TIMEOUT_S = 120.0
KEYS = frozenset({"protocol", "endpoint", "port", "credentials", "additional_config"})


@dataclass(frozen=True, slots=True)
class Config:
    """:ivar endpoint: address as a person wrote it; see :func:`.endpoint.parse_endpoint`
    :ivar port: ``None``: the one in the address, else the usual one
    :ivar credentials: secret; not shown by ``repr``
    :ivar options: ``additional_config`` without what is read of it here
    :ivar tags: what is read; empty where the peer's answer speaks for itself
    :ivar timeout_s: within which one request has to be answered
    """

    protocol: str
    endpoint: str = ""
    port: int | None = None
    credentials: Mapping[str, Any] = field(default_factory=dict, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    timeout_s: float = TIMEOUT_S

    def credential(self, *names: str) -> str:
        """The first of these credentials that is there, as text; empty for none."""
        for name in names:
            value = self.credentials.get(name)
            if value not in (None, ""):
                if not isinstance(value, str):
                    raise Misconfigured("A text is needed.", f"credentials.{name}")
                return value
        return ""

    def option(self, name: str, kind: type, usual: Any = None) -> Any:
        """An option of ``additional_config``, or ``usual`` where it is not there.

        :raise Misconfigured: where it is of another type than ``kind``
        """
        value = self.options.get(name)
        if value is None:
            return usual
        if kind is float:
            return _number(value, f"additional_config.{name}")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            words = {
                str: "A text",
                int: "A whole number",
                bool: "true or false",
                dict: "An object",
                list: "A list",
            }
            raise Misconfigured(f"{words.get(kind, kind.__name__)} is needed.", f"additional_config.{name}")
        return value


def parse_config(document: object) -> Config:
    """Read a configuration: ``{protocol, endpoint, port, credentials, additional_config}``.

    What only one protocol knows is checked by its connector.

    :raise Misconfigured: names the key that is wrong
    """
    if not isinstance(document, Mapping):
        raise Misconfigured("The configuration is a JSON object.")
    if unknown := sorted(str(key) for key in document.keys() - KEYS):
        raise Misconfigured(f"There is no such key; there are {', '.join(sorted(KEYS))}.", unknown[0])
    protocol = document.get("protocol")
    if not isinstance(protocol, str) or not protocol:
        raise Misconfigured("A protocol is needed.", "protocol")
    endpoint = document.get("endpoint") or ""
    if not isinstance(endpoint, str):
        raise Misconfigured("An address is a text.", "endpoint")
    port = document.get("port")
    if port is not None and (not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65535):
        raise Misconfigured("A port is a whole number from 1 to 65535.", "port")
    credentials = _object(document, "credentials")
    options = dict(_object(document, "additional_config"))
    tags = parse_tags(options.pop("tags", None) or [], FIELDS)
    timeout = _number(options.pop("timeout", None) or TIMEOUT_S, "additional_config.timeout")
    if not 0 < timeout <= LONGEST_TIMEOUT_S:
        raise Misconfigured(
            f"More than 0 and at most {LONGEST_TIMEOUT_S:g} seconds.", "additional_config.timeout"
        )
    return Config(protocol, endpoint, port or None, credentials, options, tags, timeout)


def _object(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Misconfigured("An object is needed.", key)
    return value


def _number(value: object, path: str) -> float:
    try:
        return parse_number(value)
    except ValueProblem as exc:
        raise Misconfigured(f"{exc}.", path) from None
