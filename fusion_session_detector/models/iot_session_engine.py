from odoo import fields, models

KIND = "sessions"


class IotSessionEngine(models.Model):
    """The one engine of a database that makes sessions of power; the record is what the runtime lists it by."""

    _name = "iot.session.engine"
    _description = "Session Engine"

    name = fields.Char(required=True, readonly=True, translate=False)
    company_id = fields.Many2one("res.company", readonly=True)

    def _backstop(self):
        """Do the engine's work once, where no server does it."""
