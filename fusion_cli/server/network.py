"""The address that the web server listens on, and those by which other devices reach it."""

from __future__ import annotations

import errno
import socket
import struct
from contextlib import suppress

from ..problem import Problem

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only where a person asks for it
SIOCGIFADDR = 0x8915
"""Linux: the IPv4 address of an interface."""
CONTAINERS = ("docker", "br-", "veth", "virbr")
"""Prefixes of interfaces between this machine and its own containers: no tablet is there."""
SOMEWHERE = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737), only to ask which way a packet would take; none is sent."""


def local(address: str) -> str:
    """By which address programs on this machine reach a server that listens on `address`."""
    return LOOPBACK if address == EVERYWHERE else address


def reachable(address: str) -> list[str]:
    """By which addresses other devices reach a server that listens on `address`, the likeliest one first."""
    if address != EVERYWHERE:
        return [] if address == LOOPBACK else [address]
    found = [_towards_others(), *_of_interfaces()]
    return [one for one in dict.fromkeys(found) if one and not one.startswith("127.")]


def check(address: str) -> None:
    """Raise `Problem` where no server can listen on `address`, since this machine does not have it."""
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            own = ", ".join([LOOPBACK, *reachable(EVERYWHERE)])
            raise Problem(f"{address} is not an address of this machine.", f"It has {own}.") from error


def _towards_others() -> str:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(SOMEWHERE)
        return str(probe.getsockname()[0])
    return ""


def _of_interfaces() -> list[str]:
    """The first IPv4 address of each interface; none where the system is not Linux."""
    try:
        from fcntl import ioctl
    except ImportError:
        return []
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _index, name in socket.if_nameindex():
            if not name.startswith(CONTAINERS):
                with suppress(OSError):
                    answer = ioctl(asked.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                    found.append(socket.inet_ntoa(answer[20:24]))
    return found
