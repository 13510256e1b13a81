from odoo import fields, models
from odoo.exceptions import UserError

from ..fields import LimitFloat


class FusionPlatingLimitChange(models.Model):
    """One limit that was changed: who did it when, from what to what, and why. Kept for good.

    Written by ``fusion.plating.limit.reason.mixin`` and in no other way.
    """

    _name = "fusion.plating.limit.change"
    _description = "Change of a Limit"
    _inherit = ["fusion.kept.mixin"]
    _order = "changed_at desc, id desc"
    _rec_name = "limit_name"

    changed_at = fields.Datetime(string="Changed on", required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="Changed by", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    tank_id = fields.Many2one(
        "fusion.plating.tank", readonly=True, index="btree_not_null", ondelete="set null"
    )
    bath_id = fields.Many2one(
        "fusion.plating.bath", readonly=True, index="btree_not_null", ondelete="set null"
    )
    parameter_id = fields.Many2one(
        "fusion.plating.bath.parameter", readonly=True, index="btree_not_null", ondelete="set null"
    )
    subject = fields.Char(
        string="Limit of",
        required=True,
        readonly=True,
        help="The parameter or sensor, as it was called then.",
    )
    limit_name = fields.Char(string="Limit", required=True, readonly=True)
    old_value = LimitFloat(string="From", readonly=True, help="Empty where there was no limit.")
    new_value = LimitFloat(string="To", readonly=True, help="Empty where the limit was taken away.")
    unit = fields.Char(readonly=True)
    reason = fields.Char(required=True, readonly=True)

    # pylint: disable=method-required-super
    def write(self, vals):
        raise UserError(self.env._("The list of changed limits cannot be altered."))

    def unlink(self):
        raise UserError(self.env._("Nothing can be deleted from the list of changed limits."))

    def copy(self, default=None):
        raise UserError(self.env._("Entries of the list of changed limits cannot be duplicated."))
