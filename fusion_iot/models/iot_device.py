from odoo import fields, models


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
