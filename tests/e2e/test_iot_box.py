"""The stock client of the IoT Box, unmodified, with this server."""

from __future__ import annotations

import configparser
import time
from pathlib import Path

import odoo.addons
import pytest

from tests.e2e.client import RpcError
from tests.e2e.iot_box_client import IDENTIFIER, Box
from tests.e2e.iot_box_server import Boxes
from tests.e2e.mqtt_proxy import Proxy
from tests.waiting import until, within

pytest_plugins = ["tests.e2e.iot_box_fixtures"]

SHOWN_WITHIN_S = 10.0
RECONNECTS_S = 30.0


def test_it_pairs_and_gets_the_drivers(paired: Box, boxes: Boxes):
    box = boxes.only()
    assert (box["name"], box["identifier"], box["state"]) == ("Line 1", IDENTIFIER, "paired")
    assert box["mac"]
    assert box["version"] == "Ttest-19.0"
    # without these it asks nobody else for a certificate
    assert (paired.conf("db_uuid"), paired.conf("enterprise_code")) == ("", "")
    stock = next(path for path in map(Path, odoo.addons.__path__) if (path / "iot_drivers").is_dir())
    names = {
        path.relative_to(stock / "iot_drivers/iot_handlers")
        for path in stock.glob("iot_drivers/iot_handlers/**/*.py")
    }
    until(lambda: paired.conf("iot_handlers_etag"), 10, "the drivers are there")
    got = {path.relative_to(paired.handlers) for path in paired.handlers.rglob("*.py")}
    assert names
    assert names <= got
    # with the same drivers there is nothing to fetch at the next start
    paired.restart()
    boxes.wait_online()
    assert "No new IoT handler to download" in paired.text()
    assert " ERROR " not in paired.text()


def test_a_token_works_once(paired: Box, boxes: Boxes, stack):
    """Whoever finds the token later, or calls itself like the box, gets nothing."""
    token = paired.conf("token")
    for identifier, with_token in (("10000000abcdef02", token), (IDENTIFIER, "guessed"), (IDENTIFIER, "")):
        report = {"iot_box": {"identifier": identifier, "token": with_token}, "devices": {"x": {"name": "x"}}}
        assert boxes.post("/iot/setup", report) == 403
    assert boxes.only()["device_count"] == 0
    boxes.do("action_ping")


def test_devices_come_and_go(paired: Box, boxes: Boxes):
    paired.plug("scanner")
    boxes.wait_connected("scanner")
    device = boxes.devices()["scanner"]
    assert device | {"id": 0} == {
        "id": 0,
        "name": "File scanner",
        "identifier": f"{IDENTIFIER}/scanner",
        "box_device": "scanner",
        "type": "scanner",
        "manufacturer": "End to end",
        "connection": "direct",
        "connected": True,
        "presence": "online",
    }
    with within(SHOWN_WITHIN_S, "the server knows that it is gone"):
        paired.pull("scanner")
        boxes.wait_connected("scanner", False)
    assert boxes.devices()["scanner"]["presence"] == "offline"
    paired.plug("scanner")
    boxes.wait_connected("scanner")
    assert boxes.devices()["scanner"]["id"] == device["id"]
    paired.kill()
    boxes.wait_online(False)
    boxes.wait_connected("scanner", False)


def test_actions_are_answered(paired: Box, boxes: Boxes):
    paired.plug("scanner")
    boxes.wait_connected("scanner")
    for text in ("hello", "Grüße \u2713", {"nested": [1, None, 2.5]}, "x" * 200_000):
        assert boxes.act("scanner", "echo", {"text": text}) == {"said": text}
    with pytest.raises(RpcError, match="out of paper"):
        boxes.act("scanner", "fail", {"text": "out of paper"})
    with pytest.raises(RpcError, match="did not answer within"):
        boxes.act("scanner", "wait", {"seconds": 3}, 1.0)
    # the late answer of that one is not taken for the answer of the next
    assert boxes.act("scanner", "count", {}, 10.0) == 1
    # nor is what a device says by itself
    assert boxes.act("scanner", "speak", {"text": "by itself"}) is None
    assert boxes.act("scanner", "count") == 2
    paired.pull("scanner")
    until(lambda: "Device scanner is now disconnected" in paired.text(), 10, "it is pulled")
    with pytest.raises(RpcError, match="is not connected to Line 1"):
        boxes.act("scanner", "echo", {"text": "nobody"})


def test_buttons(paired: Box, boxes: Boxes):
    assert "answered after" in boxes.do("action_ping")
    assert "Its own network: fast" in boxes.do("action_test_connection")
    starts = paired.starts()
    boxes.do("action_restart")
    until(lambda: paired.starts() > starts, 20, "it restarts")
    boxes.wait_online()
    boxes.do("action_ping")


def test_it_follows_the_address_of_the_server(paired: Box, boxes: Boxes, stack):
    with Proxy(int(stack.url.rpartition(":")[2])) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        boxes.rpc.call("ir.config_parameter", "set_param", "web.base.url", url)
        until(lambda: paired.conf("remote_server") == url, 10, "it has noted the new address")
        boxes.do("action_ping")
        boxes.do("action_restart")
        until(lambda: proxy.clients, RECONNECTS_S, "its websocket goes there too")
        until(lambda: _answers(boxes), RECONNECTS_S, "it is back", every=0.5)
        # A connection that breaks is back after ten seconds: who wants something meanwhile waits.
        proxy.drop()
        boxes.wait_online(False)
        boxes.do("action_ping")
        # An address that no box could use is not told to any.
        boxes.rpc.call("ir.config_parameter", "set_param", "web.base.url", "http://localhost:8069")
        boxes.do("action_ping")
        assert paired.conf("remote_server") == url


def test_the_server_restarts(paired: Box, boxes: Boxes, stack):
    paired.plug("scanner")
    boxes.wait_connected("scanner")
    for stop in (stack.stop_odoo, stack.kill_odoo):
        assert boxes.act("scanner", "echo", {"text": "before"}) == {"said": "before"}
        stop()
        time.sleep(1)
        stack.start_odoo()
        until(lambda: _answers(boxes), RECONNECTS_S, "it is back", every=0.5)
        boxes.wait_connected("scanner")
    # and what was asked of it is not repeated
    assert boxes.act("scanner", "count") == 1


def test_unpaired_it_falls_silent(paired: Box, boxes: Boxes, stack, odoo_log):
    conf = (paired.root / "odoo.conf").read_text(encoding="utf-8")
    starts = paired.starts()
    boxes.do("action_unpair")
    until(lambda: not paired.conf("remote_server"), 10, "it has forgotten the server")
    until(lambda: paired.starts() > starts, 20, "it restarts")
    until(paired.answers, 20, "it is up")
    assert not paired.conf("token")
    box = boxes.only()
    assert (box["state"], box["online"]) == ("unpaired", False)
    with odoo_log.lines() as found:
        time.sleep(5)
        assert not [line for line in found() if "/iot/" in line]
    # A box that was away at that time still has its token: it gets nothing, and nothing is taken from it.
    paired.stop()
    (paired.root / "odoo.conf").write_text(conf, encoding="utf-8")
    paired.plug("scanner")
    paired.start()
    until(lambda: "after 5 attempts" in paired.text(), 30, "it has given up")
    time.sleep(5)
    box = boxes.only()
    assert (box["state"], box["online"], box["device_count"]) == ("unpaired", False, 0)
    assert "403" in paired.text()
    # Paired again it is the box it was.
    parser = configparser.RawConfigParser()
    parser.read_string(conf)
    parser.remove_section("iot.box")
    paired.stop()
    with (paired.root / "odoo.conf").open("w", encoding="utf-8") as file:
        parser.write(file)
    paired.start()
    assert paired.paste(boxes.token()) == "success"
    again = boxes.wait_online()
    assert (again["id"], again["name"], again["state"]) == (box["id"], "Line 1", "paired")
    boxes.wait_connected("scanner", seconds=20)


def _answers(boxes: Boxes) -> bool:
    try:
        boxes.do("action_ping")
    except (RpcError, OSError, AssertionError):
        return False
    return True
