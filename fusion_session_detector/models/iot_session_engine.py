from datetime import datetime, timedelta, timezone

from odoo import api, models

from ..engine.engine import Engine, EngineSettings
from ..engine.hand import database_uuid
from ..engine.strategies import ENGINE_STRATEGIES
from ..engine.worker import EngineSpec, SessionKind

SILENT_FOR_S = 20
FLUSH_S, OUTAGE_HOLD_S = 30, 900
# Whoever had the engine and comes back finds a higher epoch.
_TAKE_OVER = """
    UPDATE iot_runtime_worker SET epoch = coalesce(epoch, 0) + 1
     WHERE id IN (SELECT id FROM iot_runtime_worker
                   WHERE kind = %s AND res_id = %s
                     AND coalesce(beat_at, listed_at) < (now() AT TIME ZONE 'UTC') - make_interval(secs => %s)
                     FOR UPDATE SKIP LOCKED)
"""


class IotSessionEngine(models.Model):
    """The one engine of a database that makes sessions of power."""

    _name = "iot.session.engine"
    _description = "Session Engine"
    _inherit = ["iot.runtime.single.mixin"]

    _runtime_kind = SessionKind.name
    _single_record = "fusion_session_detector.session_engine"

    @api.model
    def _wanted(self):
        """The engine if the sessions of a machine are made here, nothing otherwise."""
        machines = self.env["iot.device"].sudo()
        machine = machines.search([("session_strategy", "in", ENGINE_STRATEGIES)], limit=1)
        return self._only() if machine else self.browse()

    @api.model
    def _expect(self):
        """Have the engine missed from now on where no server runs it."""
        wanted = self._wanted()
        self.env["iot.runtime.worker"].sudo()._expect(self._runtime_kind, wanted, self._only() - wanted)
        self.env["iot.runtime.worker"]._wake()

    def _spec(self):
        return EngineSpec(self.name, database_uuid(self.env), self._settings())

    @api.model
    def _settings(self):
        return EngineSettings(
            flush=timedelta(seconds=max(1, self._parameter("flush_s", FLUSH_S))),
            hold=timedelta(seconds=max(0, self._parameter("outage_hold_s", OUTAGE_HOLD_S))),
        )

    def _parameter(self, name, default):
        value = self.env["ir.config_parameter"].sudo().get_param(f"fusion_session_detector.{name}")
        try:
            return int(value) if value else default
        except ValueError:
            return default

    @api.model
    def _backstop(self):
        """Do the engine's work once where no server does it, so that sessions end though nothing runs."""
        with self._apart() as apart:
            apart._work_off()

    @api.model
    def _work_off(self):
        """Work off the journal and what is due, in this transaction, unless the engine runs.

        :return: whether it did
        """
        engine = self._wanted()
        cr = self.env.cr
        cr.execute(_TAKE_OVER, [self._runtime_kind, engine.id or 0, SILENT_FOR_S])
        if not cr.rowcount:
            return False
        now = datetime.now(timezone.utc)
        worker = Engine(database_uuid(self.env), self._settings(), now, patient=False)
        while worker.step(self.env, now).more:
            pass
        worker.step(self.env, now, flush=True)
        return True
