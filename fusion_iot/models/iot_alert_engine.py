from odoo import api, fields, models

from ..alert.engine import evaluate
from ..alert.worker import AlertKind, AlertSpec

_RULES = """
    SELECT concat_ws('/', count(*), max(write_date),
                     (SELECT concat_ws('/', count(*), max(write_date)) FROM iot_alert_rule_exception))
      FROM iot_alert_rule WHERE enabled AND active
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
        """Look at what is the matter where no server does so all the time: above all, that none does."""
        with self._apart() as apart:
            apart._evaluate_unless_served()

    @api.model
    def _evaluate_unless_served(self):
        """Evaluate in this transaction, unless a worker of the runtime is at it.

        :return: whether it did
        """
        return not self._is_left_to_others() and evaluate(self.env, fields.Datetime.now()) is not None
