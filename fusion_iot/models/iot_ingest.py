from odoo import models


class IotIngest(models.AbstractModel):
    _inherit = "iot.ingest"

    def _take(self, batch):
        super()._take(batch)
        if not batch.source.from_device:
            return
        Device = self.env["iot.device"]
        charges = Device._of_charged(batch.measurements)
        Device._lock_to_note(charges)
        reporters = {(item.device, item.company) for item in batch.measurements if not item.retained}
        Device._note_seen(reporters, batch.received_at.replace(tzinfo=None), batch.source.reports_presence)
        listened = self.env["iot.device.listener"]._listened()
        self.env["iot.device.channel"]._note(batch, listened)
        if listened:
            found = {listened.find(item.device, item.company) for item in batch.measurements} - {None}
            if found:
                heard = {"device_ids": sorted(found)}
                self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ("device",), heard)
        Device._note_battery(charges)

    def _leave_unclaimed(self, batch):
        """Registered devices measure more than anybody keeps a record of: that is on their channels.

        Of a device that its transport lists itself, such as an MQTT publisher under Discovered, only the probes are
        unknown devices.
        """
        super()._leave_unclaimed(batch)
        unclaimed = [(index, item) for index, item in batch.unclaimed() if item.quantity]
        if unclaimed:
            registered = self.env["iot.device"]._of(
                {(item.device, item.company) for _index, item in unclaimed}
            )
            for index, item in unclaimed:
                if (item.device, item.company) in registered or not (
                    batch.source.lists_unknown or item.serial
                ):
                    batch.note(index)
        self.env["iot.unknown.device"]._note(batch)
