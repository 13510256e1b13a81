from odoo import api, fields, models

from .iot_session_state import PHASES


class IotDevice(models.Model):
    _inherit = "iot.device"

    session_ids = fields.One2many("mqtt.session", "device_id", string="Sessions", readonly=True)
    session_count = fields.Integer(compute="_compute_session_count")
    running_session_id = fields.Many2one("mqtt.session", compute="_compute_running_session_id")
    running_since = fields.Datetime(compute="_compute_running_session_id")
    session_state = fields.Selection(
        PHASES,
        string="Machine",
        compute="_compute_session_state",
        search="_search_session_state",
        help="What the machine is doing. Every change of a session is written at once.",
    )
    session_state_at = fields.Datetime(string="Power measured", compute="_compute_session_state")
    current_power_w = fields.Float(
        string="Power (W)",
        compute="_compute_session_state",
        digits=(12, 1),
        help="As written last, every half a minute. Screens that show machines live are told in between.",
    )

    def _compute_session_count(self):
        counts = dict(
            self.env["mqtt.session"]._read_group([("device_id", "in", self.ids)], ["device_id"], ["__count"])
        )
        for device in self:
            device.session_count = counts.get(device, 0)

    def _compute_running_session_id(self):
        running = self.env["mqtt.session"].search([("device_id", "in", self.ids), ("status", "=", "running")])
        by_device = {session.device_id.id: session for session in running}
        for device in self:
            device.running_session_id = by_device.get(device._origin.id, False)
            device.running_since = device.running_session_id.start_time

    def _compute_session_state(self):
        rows = self.env["iot.session.state"].sudo().search_fetch([("device_id", "in", self._origin.ids)])
        by_device = {row.device_id.id: row for row in rows}
        for device in self:
            row = by_device.get(device._origin.id)
            known = row and device.session_strategy != "none"
            device.session_state = row.phase if known else False
            device.current_power_w = row.power_w if known else 0.0
            device.session_state_at = row.last_at if known else False

    def _search_session_state(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        rows = (
            self.env["iot.session.state"].sudo().search_fetch([("phase", "in", list(value))], ["device_id"])
        )
        return [("id", operator, rows.device_id.ids), ("session_strategy", "!=", "none")]

    def action_start_session(self):
        """Start a session by hand."""

    def action_stop_session(self):
        """End the running session by hand."""

    def action_open_sessions(self):
        """Open the sessions of these machines."""
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_session_detector.mqtt_session_action")
        return dict(action, domain=[("device_id", "in", self.ids)], context={})

    def action_what_if(self):
        """Open the dialog that replays the machine's power through other settings."""
        self.ensure_one()
        return self._open_what_if({})

    def action_suggest(self):
        """Open the same dialog with thresholds read from what the machine has drawn."""
        self.ensure_one()
        return self._open_what_if({"suggest": True})

    def _open_what_if(self, context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What if"),
            "res_model": "iot.session.what.if",
            "view_mode": "form",
            "target": "new",
            "context": {"default_device_id": self.id, **context},
        }

    @api.model
    def session_timeline(self, day_from, day_to):
        """What machines did, for the timeline.

        :param day_from: first moment, ISO 8601 or Odoo's text, UTC
        :param day_to: last moment
        :return: dict of ``machines``: list of ``id``, ``name`` and ``segments`` (``[from, to, phase, session id]``)
        """
        return {"machines": []}
