from odoo import SUPERUSER_ID, http
from odoo.addons.fusion_iot_base import plain_json
from odoo.addons.fusion_iot_base.plain_json import load_json
from odoo.addons.fusion_iot_base.problems import PlainJsonError
from odoo.http import request

from fusion_iot_core.protocol import read_json_readings

from ..credentials import check_credentials
from .answer import answer

MAX_BODY_BYTES = 8 * 1024 * 1024


class IngestController(http.Controller):
    @plain_json.route("/fp/iot/ingest", max_body=MAX_BODY_BYTES)
    def ingest(self, body):
        """Take one reading or a batch of them from a probe or gateway that posts over HTTP.

        The answer 200 means committed: it is sent after the transaction.
        """
        if "token" in request.httprequest.args:
            raise PlainJsonError(
                401,
                "token_in_address",
                "A token in the address is written into every log on the way. Rotate it, and send the new one in the "
                "header X-FP-IOT-Token.",
            )
        env = request.env(user=SUPERUSER_ID)
        document = check_credentials(env, request.httprequest.headers, body)
        readings = read_json_readings(load_json(body) if document is None else document)
        return answer(readings, env["iot.ingest"].ingest(readings.measurements, source="http"))
