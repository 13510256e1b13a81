"""Where messages may go."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit


class Unusable(ValueError):
    """An address that nothing is sent to.

    :ivar reason: ``scheme``, ``http``, ``host``, ``login``, ``fragment`` or ``address``
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def checked_url(url: str, allow_http: bool = False) -> SplitResult:
    """The parts of an address.

    :param allow_http: without encryption, too
    :raise Unusable: where it is none that messages may go to
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise Unusable("host") from None
    if parts.scheme not in ("http", "https"):
        raise Unusable("scheme")
    if parts.scheme == "http" and not allow_http:
        raise Unusable("http")
    if not host or any(sign.isspace() or ord(sign) < 32 for sign in url):
        raise Unusable("host")
    if parts.username is not None or parts.password is not None:
        raise Unusable("login")
    if parts.fragment:
        raise Unusable("fragment")
    return parts


def check_address(text: str) -> None:
    """Refuse the address of a host that nobody has a receiver at. Private addresses are allowed: a shop floor has them.

    What clouds tell a machine about itself, its credentials included, is at a link-local address.

    :raise Unusable: for link-local, multicast, unspecified and reserved addresses
    """
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    is_reserved = address.version == 4 and address.is_reserved  # IPv6 reserves what NAT64 uses
    if address.is_link_local or address.is_multicast or address.is_unspecified or is_reserved:
        raise Unusable("address")
