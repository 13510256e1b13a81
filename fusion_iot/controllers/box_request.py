"""Requests in which a box says its serial number only."""

from odoo import SUPERUSER_ID
from odoo.addons.fusion_iot_base.plain_json import NO_DATABASE
from odoo.addons.fusion_iot_base.problems import PlainJsonError
from odoo.http import request
from werkzeug.exceptions import ServiceUnavailable

from .box_report import is_identifier

MAX_OF_STRANGERS = 64 * 1024


def all_boxes():
    """The model of boxes, to look in for who sent the present request; a 503 where that names no database."""
    if not request.db:
        raise ServiceUnavailable(NO_DATABASE)
    return request.env(user=SUPERUSER_ID)["iot.box"]


def sender(identifier):
    """The paired box that sent the present request, or an empty recordset."""
    Box = all_boxes()
    return (
        Box._recognise(identifier, request.httprequest.remote_addr or "")
        if is_identifier(identifier)
        else Box
    )


def refuse_large_of_strangers(body):
    """Parse no more than 64 KiB of anybody: raise :class:`PlainJsonError` (413) unless a paired box can be at the
    address. The proof is in what is still to be parsed."""
    if len(body) > MAX_OF_STRANGERS and not all_boxes()._can_be_at(request.httprequest.remote_addr or ""):
        raise PlainJsonError(
            413,
            "too_large",
            f"No paired box is known at this address: at most {MAX_OF_STRANGERS} bytes are read.",
        )


def json_sender(identifier):
    """The same for a route of ``type="plain_json"``, which is refused where it is none."""
    if box := sender(identifier):
        return box
    raise PlainJsonError(403, "unknown_box", "No paired box of this name is known at this address.")
