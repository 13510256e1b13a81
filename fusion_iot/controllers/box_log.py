import logging

from odoo import http
from odoo.http import request

from .box_report import text
from .box_request import known_box, sender

_logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024
MAX_HEAD_BYTES = 256
MAX_LINES = 100
_END = "<log/>"
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)


def _identifier(head):
    return head.strip().removeprefix("identifier ")


def _is_named(httprequest, address, boxes):
    head = httprequest.get_data()[:MAX_HEAD_BYTES].decode("utf-8", "replace").partition(_END)[0]
    return boxes.have(_identifier(head), address)


class BoxLogController(http.Controller):
    @http.route(
        "/iot/log",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BODY_BYTES,
        early_body=True,
        knows=known_box(_is_named),
    )
    def log(self, **_other):
        """Write what a box has logged into the log of this server, where that is wanted."""
        body = request.httprequest.get_data()[:MAX_BODY_BYTES]
        head, *entries = body.decode("utf-8", "replace").split(_END)
        box = sender(_identifier(head))
        if not box:
            return request.make_response(b"", status=403)
        if box.forward_log:
            for entry in entries[:MAX_LINES]:
                level, _comma, line = entry.strip().partition(",")
                if line:
                    _logger.log(_level(level), "%s: %s", box.identifier, text(line, 2000))
        return request.make_response(b"")


def _level(number):
    """Nothing that a box says is an error of this server: a warning at most."""
    return min(logging.WARNING, int(number)) if number in map(str, _LEVELS) else logging.INFO
