from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.fusion_iot_base.transactions import read_committed

from ..alert.engine import evaluate
from ..alert.worker import NAME, AlertSpec

_RULES = """
    SELECT concat_ws('/', count(*), max(write_date),
                     (SELECT concat_ws('/', count(*), max(write_date)) FROM iot_alert_rule_exception))
      FROM iot_alert_rule WHERE enabled AND active
"""


class IotAlertEngine(models.Model):
    """What watches the rules of a database; the record is what the runtime lists it by, and what is down when the
    runtime is.
    """

    _name = "iot.alert.engine"
    _description = "Watching of Alert Rules"
    _inherit = ["fusion.kept.mixin"]

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @api.model
    def _only(self):
        engine = self.env.ref("fusion_iot.alert_engine", raise_if_not_found=False)
        return engine.sudo() if engine else self.browse()

    @api.model
    def _wanted(self):
        """The record, where alerts are to be told: a copy of a database leaves that to the original."""
        return self._only() if self.env["iot.runtime.worker"]._at_home() else self.browse()

    def _spec(self):
        """What a worker has to know."""
        self.env["iot.alert.rule"].flush_model()
        self.env.cr.execute(_RULES)
        return AlertSpec(self.name, self.env.cr.fetchone()[0])

    @api.model
    def _backstop(self):
        """Look at what is the matter where no server does so all the time: above all, that none does."""
        with self.env.registry.cursor() as cr:
            read_committed(cr)
            self.with_env(api.Environment(cr, SUPERUSER_ID, {}))._evaluate_unless_served()

    @api.model
    def _evaluate_unless_served(self):
        """Evaluate in this transaction, unless a worker of the runtime is at it.

        :return: whether it did
        """
        workers = self.env["iot.runtime.worker"].sudo()
        worker = workers.search([("kind", "=", NAME)], limit=1)
        now = fields.Datetime.now()
        served = worker.state == "connected" and not worker._silent_since(now)
        if served or self.env["iot.runtime.worker"]._is_copy():
            return False
        return evaluate(self.env, now) is not None
