from odoo import models
from odoo.addons.fusion_iot_base.protocol import Quality, beyond_physics


class IotIngest(models.AbstractModel):
    _inherit = "iot.ingest"

    def _take(self, batch):
        super()._take(batch)
        if batch.source == "manual":
            # A person read it there: that says nothing of the device.
            return
        identifiers = {item.device for item in batch.measurements if not item.retained}
        self.env["iot.device"]._note_seen(
            identifiers, batch.received_at.replace(tzinfo=None), batch.source == "box"
        )
        listened = self.env["iot.device.listener"]._listened()
        self.env["iot.device.channel"]._note(batch, listened)
        if heard := sorted({listened[item.device] for item in batch.measurements if item.device in listened}):
            self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ("device",), {"device_ids": heard})
        charges = {
            item.device: item.value
            for item in batch.measurements
            if item.quantity == "battery"
            and item.quality is Quality.GOOD
            and item.value is not None
            and not beyond_physics(item.value, "battery")
        }
        if charges:
            self.env["iot.device"]._note_battery(charges)

    def _leave_unclaimed(self, batch):
        """Registered devices measure more than anybody keeps a record of: that is on their channels.

        Of a publisher that nobody set up only the probes are unknown devices; itself it is under Discovered.
        """
        super()._leave_unclaimed(batch)
        unclaimed = [(index, item) for index, item in batch.unclaimed() if item.quantity]
        if unclaimed:
            registered = self.env["iot.device"]._registered({item.device for _index, item in unclaimed})
            for index, item in unclaimed:
                if item.device in registered or (batch.source == "mqtt" and not item.serial):
                    batch.note(index)
        self.env["iot.unknown.device"]._note(batch)
