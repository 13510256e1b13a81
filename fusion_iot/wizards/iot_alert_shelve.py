from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

SHIFTS = (6, 14, 22)
"""When shifts usually change, by the clock of the user."""


class IotAlertShelve(models.TransientModel):
    """For how long nobody is to be told of alerts, and why."""

    _name = "iot.alert.shelve"
    _description = "Shelving of Alerts"

    alert_ids = fields.Json(readonly=True)
    what = fields.Text(compute="_compute_what")
    how_long = fields.Selection(
        [
            ("hour", "For one hour"),
            ("shift", "Until the end of this shift"),
            ("tomorrow", "Until tomorrow, 06:00"),
            ("until", "Until"),
        ],
        string="Tell nobody",
        required=True,
        default="hour",
    )
    until = fields.Datetime(compute="_compute_until", store=True, readonly=False)
    reason = fields.Char(required=True)

    def _alerts(self):
        return self.env["iot.alert"].browse(self.alert_ids or []).exists()

    @api.depends("alert_ids")
    def _compute_what(self):
        for dialog in self:
            alerts = dialog._alerts()
            lines = alerts[:5].mapped("display_name")
            if len(alerts) > 5:
                lines.append(self.env._("and %s more", len(alerts) - 5))
            dialog.what = "\n".join(lines)

    @api.depends("how_long")
    def _compute_until(self):
        for dialog in self:
            dialog.until = dialog._until() if dialog.how_long != "until" else dialog.until or dialog._until()

    def _until(self):
        zone = ZoneInfo(self.env.user.tz or "UTC")
        local = datetime.now(zone).replace(second=0, microsecond=0)
        if self.how_long == "shift":
            days = [local + timedelta(days=day) for day in (0, 1)]
            ends = [day.replace(hour=hour, minute=0) for day in days for hour in SHIFTS]
            local = min(end for end in ends if end > local)
        elif self.how_long == "tomorrow":
            local = (local + timedelta(days=1)).replace(hour=6, minute=0)
        else:
            local += timedelta(hours=1)
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    def action_shelve(self):
        """Shelve them."""
        self.ensure_one()
        alerts = self._alerts().filtered(lambda alert: alert.status in ("active", "acknowledged"))
        if not alerts:
            raise UserError(self.env._("They are over already."))
        alerts.shelve(self.until, self.reason)
        return {"type": "ir.actions.act_window_close"}
