from odoo import api, fields, models
from odoo.addons.fusion_iot_base.networks import trusted_proxies

from ..known_boxes import KnownBox, KnownBoxes, same_host


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
        return box if box and (not box.fixed_address or same_host(box.address, address)) else self.browse()

    @api.model
    def _can_be_at(self, address):
        """Whether a paired box can be the one at an address."""
        boxes = self.search([("state", "=", "paired")])
        return any(not box.fixed_address or same_host(box.address, address) for box in boxes)

    @api.model
    def _at(self, address):
        """The paired boxes at an address."""
        return self.search([("state", "=", "paired")]).filtered(
            lambda box: box.address and same_host(box.address, address)
        )

    @api.model
    def _recognisers(self):
        """Functions that say of a claim to be a paired box whether that can be, without the database: see
        `Recognition`.
        """
        trusted_proxies(self.env)  # so that those who are asked about next are looked for where they are
        boxes = self.search([("state", "=", "paired")])
        opened = boxes._open_secrets("token_hash")
        tokens = self.env["iot.box.token"]._open()
        known = KnownBoxes(
            {
                box.identifier: KnownBox(
                    opened[box.id]["token_hash"] or "", box.address or "", box.fixed_address
                )
                for box in boxes
            },
            frozenset(tokens.mapped("token_hash")),
        )
        return [lambda claim: claim(known)]
