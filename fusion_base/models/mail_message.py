from odoo import models
from odoo.exceptions import AccessError

# What a message says. Attachments, stars and the like are another matter.
_SAID = {
    *("body", "subject", "date", "author_id", "author_guest_id", "email_from", "message_type", "subtype_id"),
    *("model", "res_id", "is_internal", "tracking_value_ids"),
}


class MailMessage(models.Model):
    """The chatter of a record with kept fields is an audit trail: who changed what, and why.

    Over RPC, Odoo lets anybody with write access to a record edit and delete its messages. Here users can edit and
    delete their own comments only, as on Odoo's screens.
    """

    _inherit = "mail.message"

    def _check_alterable(self):
        """Raise for messages that are kept. Superuser mode may, for instance to delete a record with its chatter."""
        if self.env.su:
            return
        kept = self.env.registry["fusion.kept.mixin"]
        own = self.env.user.partner_id
        for message in self.sudo():
            if not message.model or not isinstance(self.env.get(message.model), kept):
                continue
            if message.message_type != "comment" or message.author_id != own or message.tracking_value_ids:
                raise AccessError(
                    self.env._(
                        "Messages in the chatter of %s cannot be edited or deleted.", message.record_name
                    )
                )

    def write(self, vals):
        if not _SAID.isdisjoint(vals):
            self._check_alterable()
        return super().write(vals)

    def unlink(self):
        self._check_alterable()
        return super().unlink()


class MailTrackingValue(models.Model):
    """What a field was before is part of what its message says."""

    _inherit = "mail.tracking.value"

    def write(self, vals):
        self._check_alterable()
        return super().write(vals)

    def unlink(self):
        self._check_alterable()
        return super().unlink()

    def _check_alterable(self):
        self.sudo().mail_message_id.with_env(self.env)._check_alterable()
