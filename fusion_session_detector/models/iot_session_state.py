from odoo import fields, models

PHASES = [
    ("idle", "Idle"),
    ("starting", "Starting"),
    ("standby", "Standby"),
    ("working", "Working"),
    ("stopping", "Stopping"),
]


class IotSessionState(models.Model):
    """Where the detector stands with one machine: all that a restart needs. Written by the engine, by SQL.

    ``revision`` grows with everything that happens to it from outside the engine.
    """

    _name = "iot.session.state"
    _description = "Session State"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
    _stays_small = "one a machine"
    _log_access = False
    _rec_name = "device_id"

    device_id = fields.Many2one("iot.device", required=True, readonly=True, ondelete="cascade")
    state = fields.Json(readonly=True, help="As the detector stores it.")
    phase = fields.Selection(PHASES, readonly=True, required=True, default="idle")
    power_w = fields.Float(string="Power (W)", readonly=True, digits=(12, 1))
    last_at = fields.Datetime(
        string="Measured", readonly=True, help="Time of the last message, by its own clock."
    )
    received_at = fields.Datetime(string="Received", readonly=True, help="When that was received.")
    logged_at = fields.Datetime(
        string="Logged at", readonly=True, help="Time of the last message that is in the power log."
    )
    channel = fields.Char(readonly=True, help="The channel that measures it, once that could be told.")
    fault = fields.Char(
        readonly=True,
        help="Why the machine is set aside. It records no sessions until somebody puts it back.",
    )
    fault_at = fields.Datetime(string="Set aside", readonly=True)
    revision = fields.Integer(readonly=True, required=True, default=0)

    _power_possible = models.Constraint(
        "CHECK (power_w BETWEEN 0 AND 1e9)", "No machine draws as much power as that, or less than none."
    )
    _device_unique = models.Constraint("UNIQUE (device_id)", "This machine has its state already.")
