"""Who has sent a request that only boxes send, and how many of others are looked at."""

from functools import partial

from odoo import SUPERUSER_ID
from odoo.addons.fusion_iot_base import rate_limits
from odoo.addons.fusion_iot_base.networks import client_address, place_of
from odoo.addons.fusion_iot_base.plain_json import NO_DATABASE
from odoo.addons.fusion_iot_base.problems import PlainJsonError
from odoo.addons.fusion_iot_base.recognition import Recognition, recognisers
from odoo.http import request
from werkzeug.exceptions import ServiceUnavailable

from .box_report import is_identifier, read_params

MAX_OF_STRANGERS = 64 * 1024

recognition = Recognition(partial(recognisers, "iot.box"))
"""That of this process."""


def known_box(claim):
    """The ``knows`` of a route for boxes: whether a paired one can have sent a request, without the database.

    :param claim: says so of an Odoo `HTTPRequest`, the address that it came from, and `KnownBoxes`
    """

    def knows(dbname, httprequest):
        return recognition.knows(dbname, partial(claim, httprequest, httprequest.remote_addr or ""))

    return knows


def named_in_params(name):
    """A claim of requests that say who sends them in a key of their ``params``."""

    def claim(httprequest, address, boxes):
        body = httprequest.get_data()
        if is_large(body) and not boxes.are_at(address):
            return False
        identifier = read_params(body).get(name)
        return is_identifier(identifier) and boxes.have(identifier, address)

    return claim


def is_large(body):
    """Whether it is more than is parsed of anybody."""
    return len(body) > MAX_OF_STRANGERS


def count_stranger():
    """Count the present request, which no paired box has sent, under its address."""
    address = client_address(request.env, request.httprequest)
    rate_limits.limits.count_stranger(place_of(address))


def all_boxes():
    """The model of boxes, to look in for who sent the present request; a 503 where that names no database."""
    if not request.db:
        raise ServiceUnavailable(NO_DATABASE)
    return request.env(user=SUPERUSER_ID)["iot.box"]


def sender(identifier):
    """The paired box that sent the present request, in which it says its serial number only; or an empty recordset."""
    box = all_boxes()
    if is_identifier(identifier):
        box = box._recognise(identifier, request.httprequest.remote_addr or "")
    if not box:
        count_stranger()
    return box


def refuse_large_of_strangers(body):
    """Parse no more than 64 KiB of anybody: raise :class:`PlainJsonError` (413) unless a paired box can be at the
    address. The proof is in what is still to be parsed."""
    if is_large(body) and not all_boxes()._can_be_at(request.httprequest.remote_addr or ""):
        count_stranger()
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
