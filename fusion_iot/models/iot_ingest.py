from odoo import models

# How stale "last seen" may be before it is written again: a device that reports every second would else
# have its row rewritten every second for a figure that is shown in minutes.
_RESOLUTION_S = 15

_SEEN = """
    UPDATE iot_device
       SET last_seen = %(at)s, presence = 'online'
     WHERE identifier = ANY(%(identifiers)s)
       AND (presence IS DISTINCT FROM 'online' OR last_seen IS NULL
            OR last_seen < %(at)s - make_interval(secs => %(resolution)s))
"""


class IotIngest(models.AbstractModel):
    _inherit = "iot.ingest"

    def _take(self, batch):
        """Whoever reports is there: note it on the registered devices, in one statement."""
        super()._take(batch)
        identifiers = {item.device for item in batch.measurements if not item.retained}
        if not identifiers:
            return
        self.env["iot.device"].flush_model(["last_seen", "presence"])
        self.env.cr.execute(
            _SEEN,
            {
                "at": batch.received_at.replace(tzinfo=None),
                "identifiers": sorted(identifiers),
                "resolution": _RESOLUTION_S,
            },
        )
        if self.env.cr.rowcount:
            self.env["iot.device"].invalidate_model(["last_seen", "presence"])

    def _leave_unclaimed(self, batch):
        super()._leave_unclaimed(batch)
        self.env["iot.unknown.device"]._note(batch)
