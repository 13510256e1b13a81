from odoo import SUPERUSER_ID, http
from odoo.addons.fusion_iot.controllers.box_request import count_stranger, known_box
from odoo.addons.fusion_iot_base import plain_json
from odoo.addons.fusion_iot_base.answers import answer
from odoo.addons.fusion_iot_base.plain_json import load_json
from odoo.addons.fusion_iot_base.problems import PlainJsonError
from odoo.http import request

from fusion_iot_core.protocol import read_json_readings

MAX_BODY_BYTES = 8 * 1024 * 1024


def _proof(headers):
    """Who a request says has signed it, when, and the signature."""
    return tuple(headers.get(f"X-FP-IOT-{name}", "") for name in ("Box", "Timestamp", "Signature"))


def _has_signed(httprequest, _address, boxes):
    return boxes.have_signed(*_proof(httprequest.headers), httprequest.get_data())


class BoxIngestController(http.Controller):
    @plain_json.route("/fp/iot/box/ingest", max_body=MAX_BODY_BYTES, knows=known_box(_has_signed))
    def ingest(self, body):
        """Take the readings of probes on a box, in the form of ``/fp/iot/ingest``.

        The box proves itself by what it was paired with: nobody enters a token for this. The answer 200 means
        committed: it is sent after the transaction.
        """
        boxes = request.env(user=SUPERUSER_ID)["iot.box"]
        box = boxes._of_signature(*_proof(request.httprequest.headers), body)
        if not box:
            count_stranger()
            raise PlainJsonError(
                401,
                "unknown_box",
                "No paired box has signed this. Pair it under IoT > Boxes, and check that its clock is right.",
            )
        readings = read_json_readings(load_json(body))
        return answer(readings, box._ingest_probes(readings.measurements))
