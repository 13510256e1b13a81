from odoo import SUPERUSER_ID, http
from odoo.addons.fusion_iot_base.plain_json import PlainJsonError, load_json
from odoo.http import request

from fusion_iot_core.protocol import BadBody, read_json_readings

from ..credentials import check_credentials
from .answer import answer

MAX_BODY_BYTES = 8 * 1024 * 1024


class IngestController(http.Controller):
    @http.route(
        "/fp/iot/ingest",
        type="plain_json",
        auth="none",
        verbs=("POST",),
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BODY_BYTES,
    )
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
        try:
            readings = read_json_readings(load_json(body) if document is None else document)
        except BadBody as exc:
            raise PlainJsonError(exc.status, exc.error, str(exc)) from None
        return answer(readings, env["iot.ingest"].ingest(readings.measurements, source="http"))
