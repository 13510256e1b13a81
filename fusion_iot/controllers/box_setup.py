import logging

from odoo import SUPERUSER_ID, http
from odoo.addons.fusion_iot_base import plain_json
from odoo.addons.fusion_iot_base.problems import PlainJsonError
from odoo.http import request

from fusion_iot_core.throttle import Throttle

from .box_report import read_params, read_report
from .box_request import count_stranger, is_large, known_box, refuse_large_of_strangers

_logger = logging.getLogger(__name__)
_refusals = Throttle(interval=60.0)

MAX_BODY_BYTES = 512 * 1024


def _has_token(httprequest, address, boxes):
    body = httprequest.get_data()
    if is_large(body) and not boxes.are_at(address):
        return False
    report = read_report(read_params(body))
    return boxes.have_token(report.identifier, report.token)


class BoxSetupController(http.Controller):
    @plain_json.route("/iot/setup", max_body=MAX_BODY_BYTES, knows=known_box(_has_token))
    def setup(self, body):
        """Take what a box says of itself and its devices, and tell it the channel to listen to."""
        refuse_large_of_strangers(body)
        report = read_report(read_params(body))
        address = request.httprequest.remote_addr or ""
        channel = request.env(user=SUPERUSER_ID)["iot.box"]._take_report(report, address)
        if channel is None:
            count_stranger()
            if _refusals.due(address):
                _logger.info("A box at %s that calls itself %s is not paired", address, report.identifier)
            raise PlainJsonError(
                403, "not_paired", "The token is wrong, used or expired. Pair the box anew under IoT > Boxes."
            )
        return {"jsonrpc": "2.0", "id": None, "result": channel}
