from datetime import timezone

from odoo import api, models

from ..engine import journal
from ..engine.collecting import collect_reach


class IotDevice(models.Model):
    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _note_presence(self, presences, at):
        """A machine that reports on change is not silent while it says nothing, but gone when it is said to be."""
        result = super()._note_presence(presences, at)
        fresh = {device_id: online for device_id, (online, retained) in presences.items() if not retained}
        self._hear_reach(fresh, at.replace(tzinfo=timezone.utc))
        return result

    @api.model
    def _note_reach(self, device_ids, online, at):
        """What a gateway says of itself is said of all machines behind it."""
        super()._note_reach(device_ids, online, at)
        self._hear_reach(dict.fromkeys(device_ids, online), at)

    def _hear_reach(self, reach, at):
        if heard := collect_reach(self.env.cr, reach, at):
            journal.append(self.env.cr, heard)
