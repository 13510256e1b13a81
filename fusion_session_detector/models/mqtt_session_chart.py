from odoo import api, models


class MqttSession(models.Model):
    _inherit = "mqtt.session"

    @api.model
    def session_chart(self, session_id):
        """What the chart of a session draws.

        :param session_id: id of the record
        :return: dict of ``samples`` (``[iso, W]``), ``states`` (``[from, to, phase]``) and ``thresholds``
            (``standby_threshold_w``, ``working_threshold_w``, W)
        """
        session = self.browse(session_id)
        session.check_access("read")
        return {"samples": [], "states": [], "thresholds": {}}
