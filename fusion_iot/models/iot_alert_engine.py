import time
from datetime import timedelta

from odoo import api, fields, models

from ..alert.engine import evaluate
from ..alert.worker import TURN_EVERY_S, AlertKind, AlertSpec
from .iot_runtime_worker import BEAT_S

PATIENCE = timedelta(seconds=30)
"""How long the scheduled action goes on where something is about to happen: its next run may be a minute later."""
OVERDUE = timedelta(seconds=3 * BEAT_S)

_RULES = """
    SELECT concat_ws('/', count(*), max(write_date),
                     (SELECT concat_ws('/', count(*), max(write_date)) FROM iot_alert_rule_exception))
      FROM iot_alert_rule WHERE enabled AND active
"""
_SOON = """
    SELECT EXISTS (SELECT FROM iot_alert alert JOIN iot_alert_rule rule ON rule.id = alert.rule_id
                    WHERE alert.phase = 'pending' AND alert.is_quiet IS NOT TRUE
                      AND alert.condition_since + make_interval(secs => rule.on_delay) <= %s)
"""


class IotAlertEngine(models.Model):
    """What watches the rules of a database. Its record is what is down when the runtime is."""

    _name = "iot.alert.engine"
    _description = "Watching of Alert Rules"
    _inherit = ["iot.runtime.single.mixin"]

    _runtime_kind = AlertKind.name
    _single_record = "fusion_iot.alert_engine"

    def _spec(self):
        self.env["iot.alert.rule"].flush_model()
        self.env.cr.execute(_RULES)
        return AlertSpec(self.name, self.env.cr.fetchone()[0])

    @api.model
    def _watching_since(self, now):
        """Since when the runtime works without a break, naive UTC: what was said before that, nobody heard. ``None``
        where no server runs it.
        """
        worker = self._worker()
        if not worker or worker.state == "stopped" or worker._silent_since(now):
            return None
        return worker.connected_since or now

    @api.model
    def _backstop(self):
        """Look at what is the matter where no server does so all the time: above all, that none does. People are told
        of it at once.
        """
        # By the clock of the wall something is due; that one may be set back meanwhile.
        until, ends = fields.Datetime.now() + PATIENCE, time.monotonic() + PATIENCE.total_seconds()
        while True:
            with self._apart() as apart:
                is_done = apart._evaluate_unless_served()
                goes_on = apart._is_something_due(is_done, until)
            if not goes_on or time.monotonic() >= ends:
                break
            time.sleep(TURN_EVERY_S)
        if is_done:
            self.env.ref("fusion_iot.ir_cron_alert_notify").sudo()._trigger()

    @api.model
    def _is_something_due(self, is_done, until):
        """Whether there may be an alert until then that there is not yet: the delay of a rule ends, or the runtime
        gives no more signs of life.

        :param is_done: whether the evaluation is not left to others
        """
        now, worker = fields.Datetime.now(), self._worker()
        if now >= until or self.env["iot.runtime.worker"]._is_copy():
            return False
        if is_done:
            self.env.cr.execute(_SOON, [until])
            return self.env.cr.fetchone()[0]
        return bool(worker.beat_at) and now - worker.beat_at > OVERDUE

    @api.model
    def _evaluate_unless_served(self):
        """Evaluate in this transaction, unless a worker of the runtime is at it.

        :return: whether it did
        """
        return not self._is_left_to_others() and evaluate(self.env, fields.Datetime.now()) is not None
