from odoo import http
from odoo.addons.fusion_iot_base import plain_json
from odoo.addons.fusion_iot_base.problems import PlainJsonError

from .box_report import is_answer, is_event, read_answer, read_event, read_params, read_time, text
from .box_request import json_sender, known_box, named_in_params, refuse_large_of_strangers

MAX_ANSWER_BYTES = 8 * 1024 * 1024
_is_named = known_box(named_in_params("iot_box_identifier"))


class BoxEventController(http.Controller):
    @plain_json.route("/iot/box/send_websocket", max_body=MAX_ANSWER_BYTES, knows=_is_named)
    def send_websocket(self, body):
        """Take the answer of a box to a message, or what one of its devices says by itself."""
        refuse_large_of_strangers(body)
        params = read_params(body)
        box = json_sender(params.get("iot_box_identifier"))
        taken = is_answer(params) and box._take_answer(text(params["session_id"]), read_answer(params))
        return {"result": taken or (is_event(params) and box._take_event(*read_event(params)))}

    @plain_json.route("/iot/box/webrtc_answer", knows=_is_named)
    def webrtc_answer(self, body):
        """Nothing here offers a connection over WebRTC, so that there is no answer to wait for."""
        json_sender(read_params(body).get("iot_box_identifier"))
        return {"result": False}

    @plain_json.route("/iot/box/update_certificate_status", knows=known_box(named_in_params("identifier")))
    def update_certificate_status(self, body):
        """Note when the certificate of a box ends."""
        params = read_params(body)
        box = json_sender(params.get("identifier"))
        end = read_time(params.get("ssl_certificate_end_date"))
        if end is None:
            raise PlainJsonError(400, "invalid_body", 'Send "ssl_certificate_end_date" as a date with time.')
        if box.certificate_end != end:
            box.certificate_end = end
            box._nudge()
        return {"result": True}
