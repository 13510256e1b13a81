from ipaddress import ip_address, ip_network

from odoo import api, fields, models


class IotBox(models.Model):
    _inherit = "iot.box"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _take_report(self, report, address):
        """What a box says of itself and its devices (``/iot/setup``).

        :param report: `BoxReport`
        :param address: where it came from
        :return: the channel it is to listen to, or ``None`` where it may not call itself so
        """
        box = self._admit(report.identifier, report.token)
        if not box:
            return None
        values = {
            "mac": report.mac,
            "ip": report.ip,
            "version": report.version,
            "address": address,
        }
        changed = {name: value for name, value in values.items() if (box[name] or "") != value}
        box.write({**changed, "last_seen": fields.Datetime.now()})
        box._take_devices(report.devices)
        box._nudge()
        return box._open_secrets("channel")[box.id]["channel"]

    @api.model
    def _recognise(self, identifier, address):
        """The paired box of a request that carries no secret; empty where it does not come from its address."""
        box = self.search([("identifier", "=", identifier), ("state", "=", "paired")])
        return box if box and (not box.fixed_address or _same_host(box.address, address)) else self.browse()

    @api.model
    def _can_be_at(self, address):
        """Whether a paired box can be the one at an address."""
        boxes = self.search([("state", "=", "paired")])
        return any(not box.fixed_address or _same_host(box.address, address) for box in boxes)

    @api.model
    def _at(self, address):
        """The paired boxes at an address."""
        return self.search([("state", "=", "paired")]).filtered(
            lambda box: box.address and _same_host(box.address, address)
        )


def _same_host(known, address):
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
