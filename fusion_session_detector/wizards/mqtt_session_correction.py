from odoo import api, fields, models
from odoo.addons.fusion_base.growing import GrowingReference
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ..engine.segments import counted, segments, working_time

_TOLERANCE_S = 0.5


class MqttSessionCorrection(models.TransientModel):
    """Corrects a completed session. Its chatter keeps what was before, and the reason."""

    _name = "mqtt.session.correction"
    _description = "Correct a Session"
    _inherit = ["mqtt.session.reason"]

    session_id = GrowingReference("mqtt.session", required=True, readonly=True, ondelete="cascade")
    # Without digits: rounded hours would show a second less than there is.
    working_duration_h = fields.Float(string="Working (h)", help="The rest of the session is standby.")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if session := self.env["mqtt.session"].browse(values.get("session_id")):
            known = {
                "start_time": session.start_time,
                "end_time": session.end_time,
                "energy_kwh": session.energy_kwh,
                "working_duration_h": session.working_duration_s / 3600,
            }
            values.update((name, value) for name, value in known.items() if name in fields_list)
        return values

    @api.onchange("start_time", "end_time")
    def _onchange_span(self):
        """The work that lies in the new span, until somebody says otherwise."""
        session = self.session_id
        if not (session and self.start_time and self.end_time and self.start_time < self.end_time):
            return
        if (self.start_time, self.end_time) != (session.start_time, session.end_time):
            self.working_duration_h = working_time(self._phases(), self.end_time) / 3600

    def _phases(self):
        found = segments(self.session_id.state_history, self.start_time, self.end_time)
        return counted(found, running=False)

    def action_correct(self):
        """Correct the session, and close the dialog."""
        self.ensure_one()
        self._check_told()
        session = self.session_id
        moved = (self.start_time, self.end_time) != (session.start_time, session.end_time)
        total = (self.end_time - self.start_time).total_seconds() if moved else session.total_duration_s
        working = self.working_duration_h * 3600
        # What a person reads in whole seconds, and in kWh with three decimals, is not changed by having been read.
        if _whole_seconds(working) == _whole_seconds(session.working_duration_s):
            working = session.working_duration_s
        same_energy = not float_compare(self.energy_kwh, session.energy_kwh, precision_digits=3)
        energy_kwh = session.energy_kwh if same_energy else self.energy_kwh
        if not -_TOLERANCE_S < working < total + _TOLERANCE_S:
            raise UserError(self.env._("The working time cannot be longer than the session."))
        session._correct(
            self.start_time,
            self.end_time,
            min(max(working, 0.0), total),
            total,
            energy_kwh,
            phases=self._phases() if moved else None,
            reason=self.reason,
        )
        return {"type": "ir.actions.act_window_close"}


def _whole_seconds(seconds):
    """As the dialog and the form show it: whole seconds that have gone by."""
    return int(round(seconds, 3))
