from odoo import SUPERUSER_ID, http
from odoo.addons.fusion_iot_base import plain_json
from odoo.addons.fusion_iot_base.answers import answer
from odoo.addons.fusion_iot_base.plain_json import load_json
from odoo.addons.fusion_iot_base.problems import PlainJsonError
from odoo.http import request

from fusion_iot_core.protocol import read_json_readings

MAX_BODY_BYTES = 8 * 1024 * 1024


class BoxIngestController(http.Controller):
    @plain_json.route("/fp/iot/box/ingest", max_body=MAX_BODY_BYTES)
    def ingest(self, body):
        """Take the readings of probes on a box, in the form of ``/fp/iot/ingest``.

        The box proves itself by what it was paired with: nobody enters a token for this. The answer 200 means
        committed: it is sent after the transaction.
        """
        headers = request.httprequest.headers
        box = request.env(user=SUPERUSER_ID)["iot.box"]._of_signature(
            headers.get("X-FP-IOT-Box", ""),
            headers.get("X-FP-IOT-Timestamp", ""),
            headers.get("X-FP-IOT-Signature", ""),
            body,
        )
        if not box:
            raise PlainJsonError(
                401,
                "unknown_box",
                "No paired box has signed this. Pair it under IoT > Boxes, and check that its clock is right.",
            )
        readings = read_json_readings(load_json(body))
        return answer(readings, box._ingest_probes(readings.measurements))
