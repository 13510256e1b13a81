from odoo import models

from ..engine import journal
from ..engine.collecting import collect, register, speaks_of_power


class IotIngest(models.AbstractModel):
    _inherit = "iot.ingest"

    def _take(self, batch):
        """Keep what machines say of power for the session engine: one row a batch. It claims nothing."""
        super()._take(batch)
        if not batch.source.from_device or not speaks_of_power(batch):
            return
        machines = register.machines(self.env.cr)
        if machines and (heard := collect(batch, machines)):
            journal.append(self.env.cr, heard)
