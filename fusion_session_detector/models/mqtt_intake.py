from odoo import models

from ..engine import journal
from ..engine.collecting import collect_bridges


class MqttIntake(models.AbstractModel):
    _inherit = "mqtt.intake"

    def _take(self, connection_id, log, intake):
        """What a bridge says of itself is said of all machines behind it that report on change."""
        result = super()._take(connection_id, log, intake)
        messages = [reading.inbound.message for reading in intake.readings]
        if heard := collect_bridges(self.env.cr, connection_id, messages):
            journal.append(self.env.cr, heard)
        return result
