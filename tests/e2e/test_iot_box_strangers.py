"""Who is not a paired box hears nothing of what is said to one, and can say nothing in its name."""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import closing

import websocket

from fusion_cli.server.sealing import opened
from fusion_cli.testing.pace import patient
from tests.e2e.iot_box_client import IDENTIFIER, Box
from tests.e2e.iot_box_server import Boxes
from tests.waiting import until

pytest_plugins = ["tests.e2e.iot_box_fixtures"]


def listen(url: str, channels: list[object], identifier: str = IDENTIFIER) -> websocket.WebSocket:
    """A websocket as the client opens it, subscribed to channels of one's own choice."""
    opened = websocket.create_connection(
        url.replace("http", "ws", 1) + "/websocket",
        header={"User-Agent": "OdooIoTBox/1.0"},
        timeout=patient(2),
    )
    data = {"channels": channels, "last": 0, "identifier": identifier}
    opened.send(json.dumps({"event_name": "subscribe", "data": data}))
    return opened


def channel_of_the_box(stack) -> str:
    """The secret name of the channel on which the server speaks to the box."""
    ((box_id, sealed),) = stack.sql("SELECT id, channel FROM iot_box")
    return opened(sealed, ("iot.box", box_id, "channel"), stack.odoo_python, stack.data)


def heard(websocket_: websocket.WebSocket, seconds: float = 2.0) -> list[str]:
    """Types of the messages that came, until none came for so many seconds; the server's pings are none."""
    found = []
    quiet_at = time.monotonic() + seconds
    while (left := quiet_at - time.monotonic()) > 0:
        websocket_.settimeout(left)
        try:
            kind, frame = websocket_.recv_data_frame(control_frame=True)
        except websocket.WebSocketTimeoutException:
            break
        if kind == websocket.ABNF.OPCODE_CLOSE:
            break
        if kind == websocket.ABNF.OPCODE_TEXT:
            found += [item["message"]["type"] for item in json.loads(frame.data)]
            quiet_at = time.monotonic() + seconds
    return found


def test_nobody_else_hears_what_a_box_is_told(paired: Box, boxes: Boxes, stack):
    box_id = boxes.only()["id"]
    guesses = [
        f"iot_box:{box_id}:",
        f"iot_box:{box_id}:guessed",
        "iot_box:",
        f"iot.box_{box_id}",
        IDENTIFIER,
        "iot_channel",
    ]
    for channel in ([guess] for guess in guesses):
        with closing(listen(stack.url, channel)) as stranger:
            boxes.do("action_ping")
            assert "iot_action" not in heard(stranger), channel
    body = json.dumps({"params": {"channels": guesses, "last": 0, "is_first_poll": True}}).encode()
    request = urllib.request.Request(
        stack.url + "/websocket/peek_notifications", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=patient(20)) as response:
        assert "iot_identifiers" not in response.read().decode()
    assert boxes.only()["online"]


def test_who_finds_the_channel_does_not_pass_for_the_box(paired: Box, boxes: Boxes, stack):
    channel = channel_of_the_box(stack)
    with closing(listen(stack.url, [channel], "somebody else")) as thief:
        paired.kill()
        boxes.wait_online(False)
        boxes.do("action_unpair")
        assert heard(thief, patient(2)) == ["server_clear"]
    with closing(listen(stack.url, [channel])) as thief:
        assert heard(thief) == []
    box = boxes.only()
    assert (box["state"], box["online"]) == ("unpaired", False)


def test_nobody_else_answers_for_a_box(paired: Box, boxes: Boxes, stack):
    paired.plug("scanner")
    boxes.wait_connected("scanner")
    for session in ("", "guessed", None, 7, ["x"]):
        answer = {
            "iot_box_identifier": IDENTIFIER,
            "session_id": session,
            "status": "success",
            "result": "forged",
        }
        assert boxes.post("/iot/box/send_websocket", answer) == 200
    assert boxes.act("scanner", "count") == 1
    assert stack.sql("SELECT count(*) FROM iot_box_call") == [["0"]]


def test_odd_websocket_messages(paired: Box, boxes: Boxes, stack, odoo_log):
    """What Odoo itself says of them stays in its log; the box and the server go on."""
    channel = channel_of_the_box(stack)
    for channels in (
        [channel, channel],
        [channel, "broadcast"],
        [channel + "\x00"],
        ["iot_box:" + "9" * 100_000 + ":x"],
    ):
        with closing(listen(stack.url, list(channels), "x" * 1000)) as odd:
            heard(odd)
    until(lambda: boxes.only()["online"], 5, "the box is still there")
    boxes.do("action_ping")
