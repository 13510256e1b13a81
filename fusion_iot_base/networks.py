"""Where a request comes from, and whether it may."""

import re
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

TRUSTED_PROXIES = "fusion_iot.trusted_proxies"
"""System parameter: the reverse proxies whose word counts, as addresses and networks. Without it: this machine."""
_THIS_MACHINE = "127.0.0.0/8 ::1"
_last_trusted = {}


def read_networks(text):
    """The networks in a text: addresses and CIDR, with commas or blanks between them.

    Raises ``ValueError`` with the first that is none.
    """
    return tuple(_network(part) for part in re.split(r"[\s,;]+", text or "") if part)


def _network(text):
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(text) from None


def client_address(env, request):
    """The address that a request comes from; ``None`` where that is none.

    What the headers say (X-Forwarded-For) counts in Odoo's ``proxy_mode`` only, and only where a proxy that is trusted
    has handed the request on: whoever else reaches the server could write anything into them.
    """
    return _address_of(request, trusted_proxies(env))


def trusted_proxies(env):
    """The reverse proxies whose word counts, as text. The process remembers it for `early_address`."""
    trusted = env["ir.config_parameter"].sudo().get_param(TRUSTED_PROXIES) or _THIS_MACHINE
    _last_trusted[env.cr.dbname] = trusted
    return trusted


def early_address(dbname, request):
    """As `client_address`, without the database: with the proxies that were trusted when it was last asked."""
    return _address_of(request, _last_trusted.get(dbname, _THIS_MACHINE))


def place_of(address):
    """What stands for an address where requests are counted by it. A host has a whole /64 of IPv6."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address or "")


def _address_of(request, trusted):
    before_proxy = request.environ.get("werkzeug.proxy_fix.orig")
    if before_proxy:
        peer = _address(before_proxy["REMOTE_ADDR"])
        if not is_within(peer, trusted):
            return peer
    return _address(request.remote_addr)


def is_within(address, text):
    """Whether an address is in one of the networks in ``text``. It is in none that cannot be read."""
    try:
        networks = read_networks(text)
    except ValueError:
        return False
    return address is not None and any(address in network for network in networks)


def _address(text):
    try:
        address = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    # A server that listens to IPv6 sees IPv4 senders in this form.
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
