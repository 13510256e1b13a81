from datetime import timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from fusion_iot_core.notify.hours import DAY, Hours, minutes_of, zone_of
from fusion_iot_core.notify.timing import Wishes

from .iot_alert_policy import CHANNELS, FROM

NEVER = "never"
WISHES = [*FROM, (NEVER, "Nothing")]
OWN = [
    *(f"alert_{channel}_from" for channel in CHANNELS[:3]),
    *("alert_sound", "alert_quiet", "alert_quiet_start", "alert_quiet_end", "alert_quiet_critical"),
    *("alert_digest", "alert_digest_at"),
]


class ResUsers(models.Model):
    """How a person would rather be told of alerts."""

    _inherit = "res.users"

    alert_app_from = fields.Selection(
        WISHES, string="Alerts on screen", help="Left empty: as the notification policies say."
    )
    alert_email_from = fields.Selection(
        WISHES, string="Alerts by e-mail", help="Left empty: as the notification policies say."
    )
    alert_push_from = fields.Selection(
        WISHES,
        string="Alerts by web push",
        help="To browsers and phones in which you have turned Odoo's notifications on. Left empty: as the notification "
        "policies say.",
    )
    alert_sound = fields.Boolean(
        string="Sound for critical alerts",
        default=True,
        help="A browser plays it after you have clicked or tapped somewhere.",
    )
    alert_quiet = fields.Boolean(
        string="Quiet hours", help="No e-mail, no web push and no sound in these hours; they come afterwards."
    )
    alert_quiet_start = fields.Float(string="Quiet from", default=22.0)
    alert_quiet_end = fields.Float(string="Quiet to", default=6.0)
    alert_quiet_critical = fields.Boolean(string="Critical ones come anyway", default=True)
    alert_digest = fields.Boolean(
        string="E-mails once a day", help="In one e-mail a day; critical alerts come at once."
    )
    alert_digest_at = fields.Float(string="E-mail at", default=7.0)

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, *OWN]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, *OWN]

    @api.constrains("alert_quiet", "alert_quiet_start", "alert_quiet_end", "alert_digest_at")
    def _check_alert_hours(self):
        for user in self:
            times = (user.alert_quiet_start, user.alert_quiet_end, user.alert_digest_at)
            if not all(0 <= each < 24 for each in times):
                raise ValidationError(self.env._("A day has 24 hours."))
            if user.alert_quiet and user.alert_quiet_start == user.alert_quiet_end:
                raise ValidationError(
                    self.env._(
                        "Quiet hours end at another time than they begin: messages would wait for days."
                    )
                )

    def _alert_least(self, channel, policy_least):
        """From which severity on this person is told by a channel; ``None``: never.

        :param policy_least: what the policy says
        """
        wish = self[f"alert_{channel}_from"] or policy_least
        return None if not wish or wish == NEVER else wish

    def _alert_wishes(self, channel):
        """When this person wants to be told by a channel: quiet hours and digest."""
        zone = self._alert_zone()
        if channel == "app":
            return Wishes(zone)
        digest = minutes_of(self.alert_digest_at) % DAY if self.alert_digest and channel == "email" else None
        return Wishes(zone, self._alert_quiet_hours(), self.alert_quiet_critical, digest)

    def _alert_quiet_hours(self):
        if not self.alert_quiet:
            return None
        return Hours.of(range(7), self.alert_quiet_start, self.alert_quiet_end)

    def _alert_is_quiet(self, severity, now):
        """Whether this person wants no sound now.

        :param now: naive UTC
        """
        at = now.replace(tzinfo=timezone.utc)
        hours = self._alert_quiet_hours()
        if not hours or (severity == "critical" and self.alert_quiet_critical):
            return False
        return hours.include(at, self._alert_zone())

    def _alert_zone(self):
        """The time zone of a person, in which messages have their times, too: without one, that of the company."""
        return zone_of(self.tz or self.company_id.partner_id.tz)

    def _is_of_all_companies(self):
        """Whether this person may have to do with what concerns all companies: he or she belongs to each of them."""
        others = [("id", "not in", self.company_ids.ids)]
        return not self.env["res.company"].sudo().search_count(others, limit=1)

    def action_alert_test(self):
        """Send a test to oneself by each way that is not turned off, and say how that went."""
        self.ensure_one()
        user = self.env.user
        channels = [name for name in CHANNELS[:3] if user[f"alert_{name}_from"] != NEVER]
        return self.env["iot.alert.delivery"]._tried(user._try_alert_channels(channels))

    def _try_alert_channels(self, channels):
        """Tell this person by each channel that this is a test: list of names and `Outcome`."""
        deliveries = self.env["iot.alert.delivery"].sudo()
        labels = dict(deliveries._fields["channel"]._description_selection(self.env))
        return [(labels[channel], deliveries._try_channel(channel, self)) for channel in channels]
