from datetime import timezone

from odoo import api, models

from ..engine import journal
from ..engine.collecting import collect_presence


class IotDevice(models.Model):
    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _note_presence(self, presences, at):
        """A machine that reports on change is not silent while it says nothing, but gone when it is said to be."""
        result = super()._note_presence(presences, at)
        heard = collect_presence(self.env.cr, presences, at.replace(tzinfo=timezone.utc))
        if heard:
            journal.append(self.env.cr, heard)
        return result
