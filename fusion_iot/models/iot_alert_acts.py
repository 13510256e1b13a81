from odoo import fields, models
from odoo.addons.fusion_iot_base.moment_text import moment_text
from odoo.exceptions import AccessError, UserError

from fusion_iot_core.alert import Ack, Refused, Resolve, Shelve, Unshelve, step

from ..alert.engine import announcements
from ..alert.rows import moved, read_locked, store
from .iot_alert import OPEN


class IotAlert(models.Model):
    """What people do with alerts: acknowledge, shelve, resolve."""

    _inherit = "iot.alert"  # pylint: disable=consider-merging-classes-inherited

    def action_acknowledge(self, note=None):
        """Say that somebody has taken notice and sees to it.

        :param note: what to add to the history
        """
        done = self._happen(Ack(fields.Datetime.now()))
        done.sudo().write({"acked_at": fields.Datetime.now(), "acked_by_id": self.env.uid})
        done._log_act(self.env._("Acknowledged."), note)
        return True

    def action_shelve(self):
        """Ask for how long nobody is to be told, and why."""
        self.check_access("read")
        if not self.filtered(lambda alert: alert.status in OPEN):
            raise UserError(self.env._("Only what is open can be shelved."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Shelve"),
            "res_model": "iot.alert.shelve",
            "view_mode": "form",
            "target": "new",
            "context": {"default_alert_ids": self.ids},
        }

    def shelve(self, until, reason):
        """Have nobody told until then, whatever becomes of the condition meanwhile.

        :param until: naive UTC
        """
        now, until = fields.Datetime.now(), fields.Datetime.to_datetime(until)
        if not reason or not until or until <= now:
            raise UserError(self.env._("Shelving takes a reason, and an end that is still to come."))
        done = self._happen(Shelve(now, until))
        done.sudo().write({"shelve_reason": reason, "shelved_by_id": self.env.uid})
        done._log_act(self.env._("Shelved until %s.", moment_text(self.env, until)), reason)
        return True

    def action_unshelve(self):
        """Have people told again."""
        self._happen(Unshelve(fields.Datetime.now()))._log_act(self.env._("Taken off the shelf."))
        return True

    def action_resolve(self):
        """Say that it is over. Refused while the condition holds: whoever does not want to hear of it shelves it."""
        active = self.filtered("is_active")
        if active:
            raise UserError(
                self.env._(
                    "It is still so: %s. An alert is over when its condition is gone. Shelve it if nobody needs to "
                    "hear of it for a while.",
                    ", ".join(active[:5].mapped("display_name")),
                )
            )
        self._happen(Resolve(fields.Datetime.now()))._log_act(self.env._("Resolved."))
        return True

    def action_open_source(self):
        """Open what it is the matter with."""
        self.ensure_one()
        source = self.env[self.res_model].browse(self.res_id).exists()
        if not source:
            raise UserError(self.env._("%s does not exist any more.", self.source_name))
        source.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _happen(self, event):
        """Have something happen to these alerts.

        :return: those that it did anything to
        """
        self.check_access("read")
        for alert in self:
            if not self.env[alert.res_model].has_access("read"):
                raise AccessError(self.env._("%s is nothing that you may see.", alert.source_name))
        self.env["iot.alert"].flush_model()
        rules = {rule.id: rule._settings() for rule in self.sudo().rule_id}
        rows, effects = [], {}
        for row in read_locked(self.env.cr, self.ids):
            state, said = step(row.state, event, rules[row.rule_id])
            if Refused() in said:
                raise UserError(self.env._("It is still so: %s.", row.source_name))
            if state != row.state:
                rows.append(moved(row, state))
                effects[row.id] = said
        stored = sorted(store(self.env.cr, rows, fields.Datetime.now()).values())
        self.env["iot.alert"].invalidate_model()
        said = [each for alert_id in stored for each in announcements(alert_id, effects[alert_id])]
        self.env["iot.alert"].sudo()._announce(said, stored)
        return self.browse(stored)

    def _log_act(self, act, note=None):
        """Put into the history what somebody did, and what he or she wrote to that."""
        if self:
            body = f"{act} {note}" if note else act
            self.sudo()._message_log_batch(
                bodies=dict.fromkeys(self.ids, body), author_id=self.env.user.partner_id.id
            )
