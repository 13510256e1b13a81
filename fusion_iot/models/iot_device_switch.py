from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .iot_command import STATES
from .iot_commandable_mixin import OPERATOR

SWITCH = "switch"
# A relay answers at once, or something is wrong.
ANSWERS_WITHIN_S = 15.0

_STATES = """
    UPDATE iot_device_switch switch
       SET state = said.state, state_at = said.at
      FROM unnest(%(id)s::int[], %(state)s::text[], %(at)s::timestamp[]) AS said(id, state, at)
     WHERE switch.id IN (SELECT known.id FROM iot_device_switch known
                           JOIN unnest(%(id)s::int[], %(state)s::text[]) AS other(id, state) USING (id)
                          WHERE known.state IS DISTINCT FROM other.state ORDER BY known.id FOR NO KEY UPDATE OF known)
       AND switch.id = said.id AND switch.state IS DISTINCT FROM said.state
 RETURNING switch.device_id
"""


class IotDeviceSwitch(models.Model):
    """A relay that people may switch: what is not listed is not switched."""

    _name = "iot.device.switch"
    _description = "Switch of a Device"
    _inherit = ["fusion.kept.mixin"]
    _order = "sequence, name, id"

    device_id = fields.Many2one("iot.device", required=True, kept="once", ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, help="What is switched: the pump, the heating of tank 6.")
    relay = fields.Char(
        help="Which relay of the device it is: 0 or 1 (Shelly), 1 or 2 (Tasmota), the name in its topic (ESPHome), the "
        "endpoint such as l1 (Zigbee2MQTT). Left empty where there is only one."
    )
    state = fields.Selection(
        [("unknown", "Unknown"), ("on", "On"), ("off", "Off")],
        required=True,
        readonly=True,
        copy=False,
        default="unknown",
        help="As the device said last: by itself, or as it confirmed a command.",
    )
    state_at = fields.Datetime(
        string="Since", readonly=True, copy=False, help="Since when it is known to be so."
    )
    presence = fields.Selection(related="device_id.presence")
    last_command_id = fields.Many2one("iot.command", string="Last command", compute="_compute_last")
    last_summary = fields.Char(string="Last command of it", compute="_compute_last")
    last_state = fields.Selection(STATES, string="What became of it", compute="_compute_last")
    last_answer = fields.Text(string="Answer", compute="_compute_last")
    last_at = fields.Datetime(string="Asked", compute="_compute_last")
    can_operate = fields.Boolean(string="May be operated", compute="_compute_can_operate")

    _relay_unique = models.UniqueIndex(
        "(device_id, coalesce(relay, ''))", "Another switch of this device has this relay."
    )

    def _keeper(self, field):
        return self.env._("what the device says")

    def _compute_last(self):
        newest = dict(
            self.env["iot.command"]._read_group([("switch_id", "in", self.ids)], ["switch_id"], ["id:max"])
        )
        for switch in self:
            command = self.env["iot.command"].browse(newest.get(switch._origin))
            switch.last_command_id = command
            switch.last_summary = command.summary
            switch.last_state = command.state
            switch.last_answer = command.answer
            switch.last_at = command.create_date

    @api.depends_context("uid")
    def _compute_can_operate(self):
        for switch in self:
            switch.can_operate = switch.device_id._may_operate()

    @api.model_create_multi
    def create(self, vals_list):
        switches = super().create(vals_list)
        self.env["iot.runtime.worker"]._wake()
        return switches

    def write(self, vals):
        if "relay" in vals:
            # What is known is known of another one.
            other = self.filtered(lambda switch: (switch.relay or "") != (vals["relay"] or ""))
            super(IotDeviceSwitch, other.sudo()).write({"state": "unknown", "state_at": False})
        result = super().write(vals)
        if "relay" in vals:
            self.env["iot.runtime.worker"]._wake()
        return result

    @api.model
    def _note_states(self, states):
        """Take over whether relays are on, as their devices have said.

        :param states: by id of the switch whether it is on, and since when that is known (naive UTC; ``None``: since
            some time or other)
        """
        if not states:
            return
        ids = sorted(states)
        self.flush_model(["state", "state_at"])
        said = {"id": ids, "state": ["on" if states[each][0] else "off" for each in ids]}
        self.env.cr.execute(_STATES, {**said, "at": [states[each][1] for each in ids]})
        devices = sorted({device_id for (device_id,) in self.env.cr.fetchall()})
        self.invalidate_model(["state", "state_at"])
        if devices:
            self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ("command",), {"device_ids": devices})

    def action_on(self):
        """Switch it on."""
        return self._switch(True)

    def action_off(self):
        """Switch it off."""
        return self._switch(False)

    def _switch(self, on, key=None):
        self.ensure_one()
        self.check_access("read")
        data = {"relay": self.relay or "", "on": on}
        return self.device_id._command(SWITCH, data, ANSWERS_WITHIN_S, key)._awaited()


class IotDevice(models.Model):
    """Who may tell a device what to do, and what of it is switched."""

    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    _command_field = "device_id"

    switch_ids = fields.One2many("iot.device.switch", "device_id", string="Switches")
    operator_group_ids = fields.Many2many(
        "res.groups",
        "iot_device_operator_group_rel",
        "device_id",
        "group_id",
        string="Operated by",
        copy=False,
        help="Of those who may operate devices at all, only members of these groups may tell it what to do. "
        "Left empty: all of them.",
    )
    operate_hint = fields.Char(
        string="Who may switch",
        compute="_compute_operate_hint",
        help="Why the user may not; empty where he may.",
    )
    command_count = fields.Integer(string="Commands", compute="_compute_command_count")
    is_switchable = fields.Boolean(
        string="Can be switched",
        compute="_compute_is_switchable",
        help="It has switches, or a manager can list some.",
    )

    def _compute_command_count(self):
        counts = dict(
            self.env["iot.command"]._read_group([("device_id", "in", self.ids)], ["device_id"], ["__count"])
        )
        for device in self:
            device.command_count = counts.get(device._origin, 0)

    @api.depends("switch_ids")
    @api.depends_context("uid")
    def _compute_is_switchable(self):
        is_manager = self.env.user.has_group("fusion_iot.group_iot_manager")
        for device in self:
            device.is_switchable = device._knows_relays() and (is_manager or bool(device.switch_ids))

    def _knows_relays(self):
        """Whether there is a way to switch relays of the device. Transports that have none say so."""
        return bool(self._transport())

    def _may_operate(self):
        """Whether the user may tell the device what to do, as far as groups go."""
        user, groups = self.env.user, self.sudo().operator_group_ids
        return user.has_group(OPERATOR) and (not groups or bool(groups & user.all_group_ids))

    @api.depends("operator_group_ids")
    @api.depends_context("uid")
    def _compute_operate_hint(self):
        for device in self:
            device.operate_hint = "" if device._may_operate() else device._operate_rights()

    def _operate_rights(self):
        """Which rights it takes to tell the device what to do, for people."""
        right = self.env.ref(OPERATOR).sudo().full_name
        groups = ", ".join(self.sudo().operator_group_ids.mapped("full_name"))
        if groups:
            return self.env._(
                "You may not switch it. It takes the right %(right)s, and to be in one of these groups: %(groups)s. "
                "Ask your administrator.",
                right=right,
                groups=groups,
            )
        return self.env._("You may not switch it. It takes the right %s. Ask your administrator.", right)

    def _check_may_command(self):
        self.check_access("read")
        if not self.env.su and not self._may_operate():
            raise AccessError(
                self.env._("%(switch)s: %(reason)s", switch=self.name, reason=self._operate_rights())
            )

    def _command(self, action, data=None, seconds=15.0, key=None, **values):
        """See `iot.commandable.mixin`. Every transport that knows relays takes one action by the same name: ``switch``,
        with ``relay`` (empty: the only one) and ``on``. People switch what is listed as a switch, and nothing else.
        """
        if action == SWITCH and self._knows_relays():
            values = {**self._switch_values(data or {}), **values}
        return super()._command(action, data, seconds, key, **values)

    def _switch_values(self, data):
        """What is kept of a command that switches a relay."""
        relay, on = data.get("relay") or "", data.get("on")
        if not isinstance(on, bool) or not isinstance(relay, str):
            raise UserError(self.env._("Say which relay is to be switched, and whether it is to be on."))
        switch = self.sudo().switch_ids.filtered(lambda switch: (switch.relay or "") == relay)
        if not switch and not self.env.su:
            raise UserError(
                self.env._("%s has no such switch. A manager can list it on its form.", self.name)
            )
        name = switch.name or f"{self.name} {relay}".strip()
        return {
            "summary": self.env._("%s on", name) if on else self.env._("%s off", name),
            "switch_id": switch.id,
            "is_audited": True,
        }

    def action_open_commands(self):
        """Open what the device was told."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.iot_command_action")
        return dict(action, domain=[("device_id", "=", self.id)], context={})
