"""What `./fusion run --box` does with a running server."""

from __future__ import annotations

from fusion_cli.banner import banner
from fusion_cli.commands.run import start_box
from tests.e2e.iot_box_client import IDENTIFIER
from tests.e2e.iot_box_fixtures import BASE_URL
from tests.e2e.iot_box_server import Boxes

pytest_plugins = ["tests.e2e.iot_box_fixtures"]


def test_a_box_is_started_paired_and_online(stack, boxes: Boxes):
    for _run in range(2):
        box = start_box(stack)
        assert box is not None
        try:
            shown = boxes.only()
            assert (shown["identifier"], shown["state"], shown["online"]) == (IDENTIFIER, "paired", True)
            boxes.do("action_ping")
            assert f"its log: {stack.log / 'box.log'}" in banner(stack, False, 1.0, box)
            assert "==== Starting Odoo ====" in box.log.read_text(encoding="utf-8")
        finally:
            box.stop()
        assert not box.running


def test_no_token_no_box(stack, boxes: Boxes, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(stack.report, "warn", said.append)
    # Frozen, for otherwise the server takes over the address that an administrator logs in at.
    frozen = "web.base.url.freeze"
    boxes.rpc.call("ir.config_parameter", "set_param", BASE_URL, "http://localhost:8069")
    boxes.rpc.call("ir.config_parameter", "set_param", frozen, "True")
    try:
        assert start_box(stack) is None
    finally:
        boxes.rpc.call("ir.config_parameter", "set_param", frozen, False)
    assert "http://localhost:8069, where no box can reach it" in said[0]
    assert boxes.all() == []
