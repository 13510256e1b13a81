from datetime import timezone

from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import ValidationError

from fusion_iot_core.notify.hours import Hours, zone_of

from ..alert.types import WEEKDAYS


class IotAlertShift(models.Model):
    """Who works when: of those who are told, only these people at these hours."""

    _name = "iot.alert.shift"
    _description = "Shift"
    _inherit = ["fusion.kept.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", index=True, default=lambda self: self.env.company)
    monday = fields.Boolean(string="Mon", default=True)
    tuesday = fields.Boolean(string="Tue", default=True)
    wednesday = fields.Boolean(string="Wed", default=True)
    thursday = fields.Boolean(string="Thu", default=True)
    friday = fields.Boolean(string="Fri", default=True)
    saturday = fields.Boolean(string="Sat")
    sunday = fields.Boolean(string="Sun")
    start = fields.Float(string="From", required=True, default=6.0)
    end = fields.Float(
        string="To", required=True, default=14.0, help="Not later than the beginning: on the next day."
    )
    tz = fields.Selection(
        _tz_get, string="Time zone", required=True, default=lambda self: self.env.user.tz or "UTC"
    )
    user_ids = fields.Many2many(
        "res.users",
        string="People",
        domain="[('share', '=', False)]",
        help="Who is told while this shift works.",
    )
    is_on = fields.Boolean(string="Works now", compute="_compute_is_on")

    @api.constrains("start", "end")
    def _check_hours(self):
        for shift in self:
            if not (0 <= shift.start < 24 and 0 <= shift.end <= 24):
                raise ValidationError(self.env._("A day has 24 hours: %s", shift.name))

    @api.depends("start", "end", "tz", *WEEKDAYS)
    def _compute_is_on(self):
        now = fields.Datetime.now()
        for shift in self:
            shift.is_on = shift._works(now)

    def _works(self, now):
        """Whether this shift works at that time.

        :param now: naive UTC
        """
        days = [number for number, name in enumerate(WEEKDAYS) if self[name]]
        hours = Hours.of(days, self.start, self.end)
        return hours.include(now.replace(tzinfo=timezone.utc), zone_of(self.tz))
