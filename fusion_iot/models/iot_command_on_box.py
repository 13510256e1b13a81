import secrets

from odoo import api, models

from .iot_box_call import TRANSPORT, in_words

_SENT = """
    UPDATE iot_command
       SET state = 'sent', sent_at = clock_timestamp() AT TIME ZONE 'UTC', call_session = %(session)s
     WHERE id = %(id)s AND state = 'queued' AND deadline > clock_timestamp() AT TIME ZONE 'UTC'
"""
_ASKED = """
    SELECT id, extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - sent_at)::float8
      FROM iot_command
     WHERE call_session = %(session)s AND state = 'sent' AND deadline > clock_timestamp() AT TIME ZONE 'UTC'
"""


class IotCommand(models.Model):
    """Commands to boxes and to the devices on them go over the websocket of the box, and come back by HTTP."""

    _inherit = "iot.command"

    def _dispatch(self):
        to_boxes = self.filtered(lambda command: command.transport == TRANSPORT)
        if others := self - to_boxes:
            super(IotCommand, others)._dispatch()
        to_boxes._send_to_boxes()

    def _send_to_boxes(self):
        """Send what is queued to the boxes that are connected. The others are sent theirs when they are back."""
        for command in self:
            box, device = command._box(), command.device_id
            if command.state != "queued" or not box.online:
                continue
            session = secrets.token_urlsafe(24)
            command.flush_recordset()
            self.env.cr.execute(_SENT, {"id": command.id, "session": session})
            command.invalidate_recordset()
            if not self.env.cr.rowcount:
                continue
            payload = {**(command.data or {}), "session_id": session}
            if device:
                payload |= {
                    "device_identifiers": [device.box_device],
                    "action": command.action,
                    "action_unique_id": secrets.token_hex(8),
                }
            box._tell("iot_action" if device else command.action, payload)

    def outcome(self):
        """A box that came back while its command was being asked for did not see it: whoever waits has it sent."""
        self.check_access("read")
        self.sudo().filtered(lambda command: command.transport == TRANSPORT)._send_to_boxes()
        return super().outcome()

    def _box(self):
        return self.box_id or self.device_id.box_id

    @api.model
    def _resume(self, box):
        """Send a box that has just connected what waited for that."""
        waiting = self.sudo().search(
            [
                *("|", ("box_id", "=", box.id), ("device_id.box_id", "=", box.id)),
                ("state", "=", "queued"),
                ("transport", "=", TRANSPORT),
            ],
            order="id",
        )
        waiting._send_to_boxes()

    @api.model
    def _take_box_answer(self, box, session, answer):
        """Take an answer: once, in time, and from the box that was asked.

        :return: whether it was one to a command
        """
        self.flush_model()
        self.env.cr.execute(_ASKED, {"session": session})
        command_id, seconds = self.env.cr.fetchone() or (False, 0.0)
        command = self.sudo().browse(command_id)
        if not command or command._box() != box:
            return False
        command = command.with_context(lang=command.user_id.lang)
        self.sudo()._conclude({command.id: command._outcome_of(answer, seconds)})
        return True

    def _outcome_of(self, answer, seconds):
        """Whether it was done, in words, and for programs."""
        box, device = self._box(), self.device_id
        result = answer.get("result")
        if not device:
            return True, box.with_env(self.env)._answer_text(self.action, result, seconds), result
        if answer.get("status") == "disconnected":
            text = self.env._("%(device)s is not connected to %(box)s.", device=device.name, box=box.name)
            return False, text, None
        if answer.get("status") == "error":
            return False, self.env._("%(device)s: %(error)s", device=device.name, error=result), result
        return True, self.done_text or in_words(result), result
