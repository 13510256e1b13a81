import json
import logging
from pathlib import Path

from odoo import http
from odoo.http import request
from odoo.modules import get_module_path

from .box_report import read_layouts
from .box_request import all_boxes, count_stranger, known_box, sender
from .handlers_zip import make_archive

MAX_FORM_BYTES = 16 * 1024
MAX_LAYOUTS_BYTES = 512 * 1024
_logger = logging.getLogger(__name__)

# The box throws its own away for what it gets.
STOCK = "iot_drivers"


def _is_named_in_form(httprequest, address, boxes):
    return boxes.have(httprequest.form.get("identifier", ""), address)


def _is_named_in_path(httprequest, address, boxes):
    return boxes.have(httprequest.path.split("/")[3], address)


def _is_at_address(_httprequest, address, boxes):
    return boxes.are_at(address)


class BoxFileController(http.Controller):
    @http.route(
        "/iot/get_handlers",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_FORM_BYTES,
        early_body=True,
        knows=known_box(_is_named_in_form),
    )
    def get_handlers(self, identifier="", auto="True", **_other):
        """The drivers of the installed addons, unless the box has them already."""
        box = sender(identifier)
        if not box:
            return _refused()
        if auto == "True" and not box.drivers_auto_update:
            return request.make_response(b"", status=204)
        folders = _handler_folders(box.env)
        if not folders or folders[0].parent.name != STOCK:
            _logger.warning(
                "No drivers for boxes: this Odoo comes without %s, and they would lose theirs", STOCK
            )
            return request.make_response(b"", status=204)
        try:
            data, etag = make_archive(folders)
        except OSError as error:
            # Without one of them the box would lose a driver that it has.
            _logger.error("No drivers for boxes: %s", error)
            return request.make_response(b"", status=204)
        headers = [("ETag", f'"{etag}"'), ("Cache-Control", "private, no-cache")]
        if request.httprequest.headers.get("If-None-Match", "").strip().strip('"') == etag:
            return request.make_response(b"", headers, status=304)
        return request.make_response(data, [*headers, ("Content-Type", "application/zip")])

    @http.route(
        "/iot/box/<string:identifier>/display_url",
        type="http",
        auth="none",
        methods=["GET"],
        save_session=False,
        max_content_length=MAX_FORM_BYTES,
        knows=known_box(_is_named_in_path),
    )
    def display_url(self, identifier, **_other):
        """The pages that the screens on a box open."""
        box = sender(identifier)
        if not box:
            return _refused()
        pages = {item.box_device: item.display_url for item in box.device_ids if item.display_url}
        return request.make_response(json.dumps(pages), [("Content-Type", "application/json")])

    @http.route(
        "/iot/keyboard_layouts",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_LAYOUTS_BYTES,
        early_body=True,
        knows=known_box(_is_at_address),
    )
    def keyboard_layouts(self, available_layouts="", **_other):
        """Take the list of keyboard layouts. The box does not say who it is: its address has to tell."""
        Box = all_boxes()
        if not Box._at(request.httprequest.remote_addr or ""):
            count_stranger()
            return _refused()
        try:
            layouts = read_layouts(json.loads(available_layouts))
        except (TypeError, ValueError, RecursionError):
            return request.make_response(b"", status=400)
        Box.env["iot.keyboard.layout"]._take(layouts)
        return request.make_response(b"{}", [("Content-Type", "application/json")])


def _refused():
    return request.make_response(b"", status=403)


def _handler_folders(env):
    """Folders of handlers, those of an addon after those of what it depends on."""
    Module = env["ir.module.module"]
    installed = set(Module.search([("state", "in", ("installed", "to upgrade"))]).mapped("name"))
    order = [STOCK]

    def visit(name):
        if name in installed and name not in order:
            installed.discard(name)
            for needed in sorted(Module.get_module_info(name).get("depends", ())):
                visit(needed)
            order.append(name)

    for name in sorted(installed):
        visit(name)
    paths = [get_module_path(name, display_warning=False) for name in order]
    return [folder for path in paths if path and (folder := Path(path, "iot_handlers")).is_dir()]
