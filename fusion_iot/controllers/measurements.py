from odoo import SUPERUSER_ID, http
from odoo.addons.fusion_iot_base import plain_json
from odoo.addons.fusion_iot_base.answers import answer
from odoo.http import request

from fusion_iot_core.protocol import read_json_measurements

MAX_BODY_BYTES = 8 * 1024 * 1024


class MeasurementController(http.Controller):
    @plain_json.route("/iot/ingest", max_body=MAX_BODY_BYTES)
    def ingest(self, body, sender):
        """Take one measurement or a batch of them from a gateway, a bridge or a script.

        The answer 200 means committed: it is sent after the transaction.
        """
        readings = read_json_measurements(sender.json(body))
        ingest = request.env(user=SUPERUSER_ID)["iot.ingest"]
        return answer(readings, ingest.ingest(sender.admit(readings), source="api"))
