"""Where a peer is, from what a person enters as endpoint and port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Endpoint:
    """:ivar host: name or address, an IPv6 one without its brackets
    :ivar path: with its leading slash and without a trailing one; empty for none
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def authority(self) -> str:
        """``host:port``, as it stands in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_endpoint(text: str, port: int | None, schemes: Mapping[str, int]) -> Endpoint:
    """Read an address as people write it.

    A port in the address counts; else it is ``port``, else the usual one of the scheme. Without a scheme it is the
    first of ``schemes``. Examples: ``api.example.com`` with 8443 and ``https`` is ``https://api.example.com:8443``,
    ``opc.tcp://10.0.0.5:4841/oven`` with 4840 stays as it is.

    :param port: of the form; ``None`` or 0: none
    :param schemes: the ones that the protocol knows, with the usual port of each
    :raise Misconfigured: which of the two is wrong, and how it is written
    """
    usual = next(iter(schemes))
    text = text.strip()
    if not text:
        raise Misconfigured("An address is needed.", "endpoint")
    try:
        parts = urlsplit(text if "://" in text else f"{usual}://{text}")
        written_port = parts.port
    except ValueError:
        raise Misconfigured(f"{text!r} is no address: {usual}://host:port is expected.", "endpoint") from None
    scheme = parts.scheme.lower()
    if scheme not in schemes:
        known = " or ".join(f"{name}://" for name in schemes)
        raise Misconfigured(f"The address begins with {known}, not with {scheme}://.", "endpoint")
    if parts.username is not None or parts.password is not None:
        raise Misconfigured("User and password belong under credentials, not into the address.", "endpoint")
    host = parts.hostname or ""
    if not host or any(character.isspace() for character in host):
        raise Misconfigured(f"{text!r} names no host: {usual}://host:port is expected.", "endpoint")
    if parts.query or parts.fragment:
        raise Misconfigured("What follows ? or # does not belong into the address.", "endpoint")
    if port is not None and not 0 <= port <= 65535:
        raise Misconfigured(f"{port} is no port: 1 to 65535.", "port")
    if written_port == 0:
        raise Misconfigured("0 is no port: 1 to 65535.", "endpoint")
    return Endpoint(scheme, host, written_port or port or schemes[scheme], parts.path.rstrip("/"))
