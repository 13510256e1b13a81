from odoo import models


class IotIngest(models.AbstractModel):
    _inherit = "iot.ingest"

    def _take(self, batch):
        super()._take(batch)
        identifiers = {item.device for item in batch.measurements if not item.retained}
        self.env["iot.device"]._note_seen(identifiers, batch.received_at.replace(tzinfo=None))

    def _leave_unclaimed(self, batch):
        super()._leave_unclaimed(batch)
        self.env["iot.unknown.device"]._note(batch)
