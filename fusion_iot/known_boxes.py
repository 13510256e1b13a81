"""What a process remembers of the paired boxes, to tell them from strangers without the database."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from fusion_iot_core.protocol import signature_valid


def hashed(secret: str) -> str:
    """What is stored of a secret that is long and random: enough to know it again."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same_host(known: str, address: str) -> bool:
    """Whether two IP addresses are the same, or of one IPv6 network: its hosts change the rest by themselves."""
    return bool(known) and _host(known) == _host(address)


def _host(address):
    try:
        found = ip_address(address)
    except ValueError:
        return address
    # Where the server listens on IPv6 for both, all of IPv4 would be one network.
    found = getattr(found, "ipv4_mapped", None) or found
    return found if found.version == 4 else ip_network((int(found), 64), strict=False)


@dataclass(frozen=True)
class KnownBox:
    """A paired box.

    :ivar token_hash: of what it was paired with; empty where that cannot be read
    :ivar address: from which it last presented that
    :ivar fixed_address: it sends from there only
    """

    token_hash: str = field(repr=False)
    address: str = ""
    fixed_address: bool = True

    def can_be_at(self, address: str) -> bool:
        """Whether it may send from an address what carries no secret."""
        return not self.fixed_address or same_host(self.address, address)


@dataclass(frozen=True)
class KnownBoxes:
    """The paired boxes by identifier, and the hashes of the tokens with which one may be paired now."""

    paired: Mapping[str, KnownBox]
    pairing: frozenset[str] = field(default=frozenset(), repr=False)

    def are_at(self, address: str) -> bool:
        """Whether one of them can be at an address."""
        return any(box.can_be_at(address) for box in self.paired.values())

    def have(self, identifier: str, address: str) -> bool:
        """Whether one is called so, and can be at an address."""
        box = self.paired.get(identifier)
        return box is not None and box.can_be_at(address)

    def have_token(self, identifier: str, token: str) -> bool:
        """Whether the one that is called so was paired with a token, or may be now."""
        box, given = self.paired.get(identifier), hashed(token)
        return given in self.pairing or (
            box is not None and hmac.compare_digest(box.token_hash.encode(), given.encode())
        )

    def have_signed(self, identifier: str, timestamp: str, signature: str, body: bytes) -> bool:
        """Whether the one that is called so has signed a body."""
        box = self.paired.get(identifier)
        if box is None or not box.token_hash:
            return False
        return signature_valid(box.token_hash, timestamp, signature, body, time.time())
