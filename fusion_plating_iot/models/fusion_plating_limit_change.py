from odoo import fields, models


class FusionPlatingLimitChange(models.Model):
    _inherit = "fusion.plating.limit.change"

    sensor_id = fields.Many2one(
        "fp.tank.sensor",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The sensor whose own limit was changed.",
    )
