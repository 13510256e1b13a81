from odoo import api, fields, models, tools


class IotDevice(models.Model):
    """A device on the shop floor, whatever transport it speaks."""

    _name = "iot.device"
    _description = "IoT Device"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    identifier = fields.Char(required=True, copy=False, index=True, tracking=True)
    kind = fields.Selection(
        [
            ("probe", "Probe"),
            ("sensor", "Sensor"),
            ("meter", "Meter"),
            ("gateway", "Gateway"),
            ("controller", "Controller"),
            ("other", "Other"),
        ],
        required=True,
        default="sensor",
        tracking=True,
    )
    manufacturer = fields.Char()
    model = fields.Char()
    firmware = fields.Char(readonly=True)
    presence = fields.Selection(
        [("unknown", "Unknown"), ("online", "Online"), ("offline", "Offline")], default="unknown", readonly=True
    )
    last_seen = fields.Datetime(readonly=True, copy=False)
    signal_dbm = fields.Integer(string="Signal (dBm)", readonly=True)
    battery = fields.Float(string="Battery (%)", readonly=True)
    ip_address = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", index=True)
    note = fields.Text()
    active = fields.Boolean(default=True)

    _identifier_unique = models.Constraint("UNIQUE (identifier)", "Another device has this identifier.")

    @tools.ormcache()
    def _known_identifiers(self):
        """The identifiers of all devices in the register, as a frozen set shared by all requests."""
        self.env.cr.execute("SELECT identifier FROM iot_device")
        return frozenset(identifier for (identifier,) in self.env.cr.fetchall())

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if "identifier" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
