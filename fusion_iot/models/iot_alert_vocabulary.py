from odoo import fields, models


class IotAlertCause(models.Model):
    """Why something was the matter, in the words of the shop."""

    _name = "iot.alert.cause"
    _description = "Cause of an Alert"
    _inherit = ["fusion.kept.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)


class IotAlertRemedy(models.Model):
    """What was done about it, in the words of the shop."""

    _name = "iot.alert.remedy"
    _description = "Remedy for an Alert"
    _inherit = ["fusion.kept.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
