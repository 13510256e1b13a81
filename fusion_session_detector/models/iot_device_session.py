from odoo import api, fields, models
from odoo.exceptions import UserError

from fusion_iot_core.detector.phases import Manual

from ..engine import hand, power_log
from ..engine.strategies import ENGINE_STRATEGIES
from .iot_session_state import PHASES


class IotDevice(models.Model):
    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    session_ids = fields.One2many("mqtt.session", "device_id", string="Sessions", readonly=True)
    session_count = fields.Integer(string="Session count", compute="_compute_session_count")
    running_session_id = fields.Many2one(
        "mqtt.session", string="Running session", compute="_compute_running_session_id"
    )
    running_since = fields.Datetime(string="Running since", compute="_compute_running_session_id")
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
        help="As written last, every half a minute. Screens that show machines live are told in between.",
    )

    session_held = fields.Boolean(
        string="Waits until it is off",
        compute="_compute_session_state",
        help="Its session was ended by hand while it was on. The next one begins after it has been off.",
    )
    session_silent_after_s = fields.Float(
        string="Silence that ends a session (s)",
        compute="_compute_session_silent_after_s",
        help="For how long the meter may say nothing.",
    )

    @api.depends("message_timeout_s", "expected_interval")
    def _compute_session_silent_after_s(self):
        for device in self:
            device.session_silent_after_s = device.message_timeout_s or device._automatic_timeout()

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
            known = row and device.session_strategy in ENGINE_STRATEGIES
            device.session_state = row.phase if known else False
            device.current_power_w = row.power_w if known else 0.0
            device.session_state_at = row.last_at if known else False
            device.session_held = bool(known and (row.state or {}).get("manual") == Manual.STOPPED.value)

    def _search_session_state(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        rows = (
            self.env["iot.session.state"].sudo().search_fetch([("phase", "in", list(value))], ["device_id"])
        )
        return [("id", operator, rows.device_id.ids), ("session_strategy", "in", ENGINE_STRATEGIES)]

    def action_start_session(self):
        """Start a session by hand.

        It runs though the machine is off, until that has been on. A start that the detector is still weighing is
        certain by that, and a pause over. Where a session is running already, nothing is to be done.
        """
        started = self._move_by_hand(hand.start)
        if not started:
            raise UserError(self.env._("There is nothing to start: a session is running."))
        for session in started.running_session_id:
            session.sudo().message_post(body=self.env._("Started by hand."))
        return True

    def action_stop_session(self):
        """End the running session by hand: now, or where power went if it is away.

        While the machine stays on, no other session starts. A start that the detector is still weighing is forgotten.
        """
        running = self.running_session_id
        if not self._move_by_hand(hand.stop):
            raise UserError(self.env._("There is nothing to end: no session is running."))
        # What turns out to have been no session is gone.
        for session in running.exists():
            session.sudo().message_post(body=self.env._("Ended by hand."))
        return True

    def _move_by_hand(self, act):
        """Have a person's word done to these machines.

        :return: those to which anything happened
        """
        self.check_access("read")
        if without := (self - self._with_sessions())[:1]:
            if without.session_strategy not in ("none", *ENGINE_STRATEGIES):
                raise UserError(
                    self.env._("The sessions of %s are not made by this server.", without.display_name)
                )
            raise UserError(
                self.env._("%s has no sessions: choose a session strategy first.", without.display_name)
            )
        if faulty := self.filtered("session_fault")[:1]:
            raise UserError(
                self.env._("%s is set aside after an error. Put it back first.", faulty.display_name)
            )
        before = {}

        def noted(machine, now):
            before[machine.device_id] = machine.state
            return act(machine, now)

        machines = hand.handle(self.env, self.ids, noted)
        moved = [device_id for device_id, machine in machines.items() if machine.state != before[device_id]]
        return self.browse(moved)

    def action_open_sessions(self):
        """Open the sessions of these machines."""
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_session_detector.mqtt_session_action")
        return dict(action, domain=[("device_id", "in", self.ids)], context={})

    def action_what_if(self):
        """Open the dialog that replays the machine's power through other settings."""
        self.ensure_one()
        return self._open_what_if(self.env._("What if"), {})

    def action_suggest(self):
        """Open the same dialog with thresholds read from what the machine has drawn."""
        self.ensure_one()
        return self._open_what_if(self.env._("Suggest thresholds"), {"suggest": True})

    def _open_what_if(self, name, context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "iot.session.what.if",
            "view_mode": "form",
            "target": "new",
            "context": {"default_device_id": self.id, "dialog_size": "extra-large", **context},
        }

    def _power_samples(self, start, end):
        """What the machine drew between two aware UTC times, as far as that is kept: list of `Sample`."""
        self.ensure_one()
        state = self.env["iot.session.state"].sudo().search_fetch([("device_id", "=", self.id)], ["channel"])
        channel = self.session_channel or state.channel or None
        return power_log.read(self.env.cr, self.id, channel, start, end)
