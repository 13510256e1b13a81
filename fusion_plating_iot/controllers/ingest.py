from odoo import SUPERUSER_ID, http
from odoo.addons.fusion_iot_base import plain_json
from odoo.addons.fusion_iot_base.answers import answer
from odoo.http import request

from fusion_iot_core.protocol import read_json_readings

MAX_BODY_BYTES = 8 * 1024 * 1024


class IngestController(http.Controller):
    @plain_json.route("/fp/iot/ingest", max_body=MAX_BODY_BYTES)
    def ingest(self, body, sender):
        """Take one reading or a batch of them from a probe or gateway that posts over HTTP.

        The answer 200 means committed: it is sent after the transaction.
        """
        readings = read_json_readings(sender.json(body))
        ingest = request.env(user=SUPERUSER_ID)["iot.ingest"]
        return answer(readings, ingest.ingest(sender.admit(readings), source="http"))
