from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.fusion_iot_base.transactions import read_committed


class IotRuntimeSingleMixin(models.AbstractModel):
    """The one record that stands for a worker of which a database has one: the runtime lists the worker by it, and a
    scheduled action does the work where no server does.

    :cvar _runtime_kind: name of the :class:`..runtime.kinds.OneWorkerKind`
    :cvar _single_record: external id of the record
    """

    _name = "iot.runtime.single.mixin"
    _description = "The One Worker of Its Kind"
    _inherit = ["fusion.kept.mixin"]

    _runtime_kind = ""
    _single_record = ""

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @api.model
    def _only(self):
        """The record, with all rights."""
        record = self.env.ref(self._single_record, raise_if_not_found=False)
        return record.sudo() if record else self.browse()

    @api.model
    def _wanted(self):
        """The record, where a worker is to run. A copy of a database leaves its work to the original."""
        return self._only() if self.env["iot.runtime.worker"]._at_home() else self.browse()

    def _spec(self):
        """All that the worker has to know, as a value that is equal while nothing has changed."""
        raise NotImplementedError

    @api.model
    def _worker(self):
        """Its row in `iot.runtime.worker`, with all rights; empty where there is none."""
        return self.env["iot.runtime.worker"].sudo().search([("kind", "=", self._runtime_kind)], limit=1)

    @api.model
    def _is_left_to_others(self):
        """Whether the work is not for a scheduled action here: a server does it, or this is a copy of a database."""
        worker = self._worker()
        served = worker.state == "connected" and not worker._silent_since(fields.Datetime.now())
        return served or self.env["iot.runtime.worker"]._is_copy()

    @contextmanager
    def _apart(self):
        """The same in a transaction of its own that waits for others instead of failing."""
        with self.env.registry.cursor() as cr:
            read_committed(cr)
            yield self.with_env(api.Environment(cr, SUPERUSER_ID, {}))
