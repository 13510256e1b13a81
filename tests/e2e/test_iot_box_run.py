"""What `./fusion run --box` does with a running server."""

from __future__ import annotations

import shutil

import pytest

from fusion_cli.banner import banner
from fusion_cli.box import probes
from fusion_cli.commands.run import start_box
from tests.e2e.client import RpcError
from tests.e2e.iot_box_client import IDENTIFIER
from tests.e2e.iot_box_fixtures import BASE_URL
from tests.e2e.iot_box_server import Boxes
from tests.waiting import until, within

pytest_plugins = ["tests.e2e.iot_box_fixtures"]

GONE_WITHIN_S = 10.0


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


def test_its_probes_can_be_pulled_and_plugged_in(stack, boxes: Boxes):
    box = start_box(stack)
    assert box is not None
    try:
        for serial in probes.SERIALS:
            boxes.wait_connected(serial, True, 15.0)
        assert set(boxes.devices()) == set(probes.SERIALS)
        pulled, *_stay = probes.SERIALS
        with within(GONE_WITHIN_S, "the server knows that it is gone"):
            shutil.rmtree(box.bus / pulled)
            boxes.wait_connected(pulled, False)
        assert boxes.only()["connected_count"] == len(probes.SERIALS) - 1
        for serial in (probes.SPARE, pulled):
            (box.bus / serial).mkdir()
        for serial in (probes.SPARE, pulled):
            boxes.wait_connected(serial, True, 15.0)
        assert until(
            lambda: _measured(boxes, probes.SPARE), 15, "it is measured", every=0.2
        ) == pytest.approx(24.0, abs=2.0)
    finally:
        box.stop()


def _measured(boxes: Boxes, serial: str) -> float | None:
    """The last temperature of a probe; None where there is none yet."""
    try:
        return float(boxes.act(serial, "read_once")["value"])
    except RpcError:
        return None


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
