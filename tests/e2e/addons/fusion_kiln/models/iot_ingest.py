from odoo import models

from fusion_iot_core.protocol import Source

from ..runtime.poller import SOURCE


class IotIngest(models.AbstractModel):
    _inherit = "iot.ingest"

    def _sources(self):
        return super()._sources() | {SOURCE: Source(SOURCE, self.env._("Kiln"))}

    def _take(self, batch):
        super()._take(batch)
        batch.accept(*self.env["kiln.firing"]._record(batch))
