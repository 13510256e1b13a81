from odoo import api, models

from ..engine import aside, hand
from ..engine.collecting import register
from ..engine.strategies import ENGINE_STRATEGIES
from .iot_device import SETTINGS

# What the sessions of a machine depend on.
_DECISIVE = {
    *SETTINGS,
    *("strategy_config", "session_strategy", "session_channel", "expected_interval", "active"),
}
_LISTED_BY = {"session_strategy", "active", "identifier"}

_ENLIST = """
    INSERT INTO iot_session_state AS known (device_id, phase, revision)
    SELECT id, 'idle', 1 FROM unnest(%s::int[]) AS device(id) ORDER BY id
    ON CONFLICT (device_id) DO UPDATE
       SET revision = known.revision + 1, fault = NULL, fault_at = NULL,
           state = CASE WHEN known.fault IS NULL THEN known.state END,
           phase = CASE WHEN known.fault IS NULL THEN known.phase ELSE 'idle' END,
           power_w = CASE WHEN known.fault IS NULL THEN known.power_w ELSE 0 END
"""
_FORGET_CHANNEL = "UPDATE iot_session_state SET channel = NULL WHERE device_id = ANY(%s)"


class IotDevice(models.Model):
    """Machines get, keep and lose their sessions with their settings.

    Changed settings hold for what comes after them: what was measured until then is judged by the former ones first.
    """

    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        devices = super().create(vals_list)
        devices._with_sessions()._enlist()
        return devices

    def write(self, vals):
        if not vals.keys() & _DECISIVE:
            if vals.keys() & _LISTED_BY:
                self._relist()
            return super().write(vals)
        before = self._with_sessions()
        leaves = "session_strategy" in vals and vals["session_strategy"] not in ENGINE_STRATEGIES
        ends = leaves or vals.get("active") is False
        if before:
            hand.handle(self.env, before.ids, hand.retire if ends else hand.look)
        result = super().write(vals)
        self.flush_recordset()
        if before and "session_channel" in vals:
            self.env.cr.execute(_FORGET_CHANNEL, [before.ids])
        (self._with_sessions() - before)._enlist()
        if vals.keys() & _LISTED_BY:
            self._relist()
        return result

    def _runtime_workers_changed(self):
        """The engine waits for other workers before it takes the silence of these machines for their own."""
        super()._runtime_workers_changed()
        if machines := self._with_sessions():
            hand.handle(self.env, machines.ids, hand.look)

    def _with_sessions(self):
        """Those of them whose sessions are made here."""
        return self.filtered(lambda device: device.active and device.session_strategy in ENGINE_STRATEGIES)

    def _enlist(self):
        """Have the engine know these machines; those that were set aside begin anew."""
        if not self:
            return
        self.flush_recordset()
        self.env.cr.execute(_ENLIST, [self.ids])
        aside.list_in_runtime(self.env.cr)
        self.env["iot.session.state"].invalidate_model()
        self.env["iot.runtime.worker"].invalidate_model()
        hand.tell_moved(self.env.cr)
        self._relist()

    def _relist(self):
        """Have the ingest see, in this process at once, which devices are machines with sessions."""
        register.forget()
        self.env.cr.postcommit.add(register.forget)
        self.env["iot.session.engine"]._expect()
