from markupsafe import Markup
from odoo import api, models
from odoo.addons.fusion_iot_base.moment_text import moment_text
from odoo.exceptions import UserError


class MqttSession(models.Model):
    """What nobody does to a session: write it other than through the dialogs, or delete it without a trace."""

    _inherit = "mqtt.session"  # pylint: disable=consider-merging-classes-inherited

    def _keeper(self, field):
        return self.env._("the session engine")

    def _kept_message(self, field):
        ways = self.env._("Use Correct, Merge or Split instead.")
        return f"{super()._kept_message(field)} {ways}"

    def _is_billed(self):
        """Whether somebody has been billed for the session. Addons that bill say so; it is never changed then."""
        self.ensure_one()
        return False

    def _check_not_billed(self):
        if billed := self.filtered(lambda session: session._is_billed())[:1]:
            raise UserError(
                self.env._(
                    "%s has been billed: it can no longer be changed or deleted.",
                    billed.sudo().display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running_or_billed(self):
        if self.filtered(lambda session: session.status == "running"):
            raise UserError(self.env._("A running session cannot be deleted. End it first."))
        self._check_not_billed()
        self._note_deletion()

    def _note_deletion(self):
        """Say on the machine what is gone: the chatter of the session goes with it."""
        for device, sessions in self.sudo().grouped("device_id").items():
            lines = [
                self.env._(
                    "Session deleted: %(span)s, %(amounts)s.",
                    span=session._named_span(),
                    amounts=session._amounts(),
                )
                for session in sessions
            ]
            device.message_post(
                body=Markup("<br/>").join(lines),
                author_id=self.env.user.partner_id.id,
            )

    def _named_span(self):
        """The session with its start and end, for a text that outlives it."""
        start, end = (
            moment_text(self.env, moment, show_seconds=True) for moment in (self.start_time, self.end_time)
        )
        return f"{self.display_name} {start} – {end} ({self.session_id})"

    def _check_free(self, start, end):
        """Raise unless no other session of the machine, merged ones aside, lies between two naive UTC times."""
        others = self.sudo().search(
            [
                ("device_id", "=", self.device_id.id),
                ("id", "not in", self.ids),
                ("start_time", "<", end),
                "|",
                ("end_time", "=", False),
                ("end_time", ">", start),
            ],
            limit=1,
        )
        if others:
            raise UserError(
                self.env._(
                    "This overlaps with %s. Sessions of one machine cannot overlap.", others.display_name
                )
            )
