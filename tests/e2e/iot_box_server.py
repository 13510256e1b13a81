"""What the server knows of boxes, and what a person there can do with them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from fusion_cli.stack import Stack
from fusion_cli.testing.pace import patient
from tests.e2e.client import Rpc, RpcError
from tests.waiting import until

FIELDS = ["name", "identifier", "mac", "ip", "version", "state", "online", "device_count", "connected_count"]
ONLINE_S = 30.0


class Boxes:
    """The boxes of the stack's database; tests with a client have one."""

    def __init__(self, stack: Stack, rpc: Rpc) -> None:
        self._stack = stack
        self.rpc = rpc

    def token(self, **values: Any) -> str:
        """What a person pastes on the page of a box."""
        wizard = self.rpc.create("iot.box.pairing", values)
        action = self.rpc.call("iot.box.pairing", "action_make", [wizard])
        connection: str = action["context"]["iot_box_connection"]
        return connection

    def all(self) -> list[dict[str, Any]]:
        """All of them."""
        return self.rpc.search_read("iot.box", [], FIELDS)

    def only(self) -> dict[str, Any]:
        """The one that there is."""
        (box,) = self.all()
        return box

    def wait_online(self, online: bool = True, seconds: float = ONLINE_S) -> dict[str, Any]:
        """Wait until there is one that is online, or is not."""
        return until(
            lambda: next((box for box in self.all() if box["online"] == online), None),
            seconds,
            f"a box that is {'on' if online else 'off'}line",
            every=0.2,
        )

    def do(self, action: str) -> str:
        """Press a button of the one box, and wait for what becomes of it, if that takes time: the words for people."""
        pressed = self.rpc.call("iot.box", action, [self.only()["id"]])
        if not (isinstance(pressed, dict) and pressed.get("tag") == "fusion_iot_await"):
            return ""
        (outcome,) = self._ended(pressed["params"]["ids"])
        return str(outcome["answer"])

    def devices(self) -> dict[str, dict[str, Any]]:
        """The devices on boxes, by the box's name of them."""
        fields = [
            "name",
            "identifier",
            "box_device",
            "type",
            "manufacturer",
            "connection",
            "connected",
            "presence",
        ]
        found = self.rpc.search_read("iot.device", [("box_id", "!=", False)], fields)
        return {device["box_device"]: device for device in found}

    def wait_connected(self, name: str, connected: bool = True, seconds: float = 10.0) -> None:
        """Wait until a device is there, or is gone."""
        until(
            lambda: self.devices().get(name, {}).get("connected", False) == connected,
            seconds,
            f"{name} is {'' if connected else 'not '}connected",
            every=0.1,
        )

    def act(self, name: str, action: str, *args: Any) -> Any:
        """Let a device do something: what it answers."""
        command = self.rpc.call("iot.device", "send_action", [self.devices()[name]["id"]], action, *args)
        (outcome,) = self._ended([command])
        return outcome["result"]

    def _ended(self, ids: list[int]) -> list[dict[str, Any]]:
        """Wait until commands have ended, and raise what a person would be told where they were not done."""

        def ended() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = self.rpc.call("iot.command", "outcome", ids)
            return [] if any(outcome["state"] in ("queued", "sent") for outcome in found) else found

        outcomes = until(ended, 60, "it is known what became of it", every=0.05)
        for outcome in outcomes:
            if outcome["state"] != "done":
                raise RpcError(outcome["answer"])
        return outcomes

    def forget(self) -> None:
        """Delete them and their devices."""
        ids = self.rpc.call("iot.device", "search", [("box_id", "!=", False)])
        self.rpc.call("iot.device", "unlink", ids)
        ids = self.rpc.call("iot.box", "search", [("active", "in", [True, False])])
        self.rpc.call("iot.box", "unlink", ids)

    def post(self, address: str, params: dict[str, Any]) -> int:
        """A request as the client makes them: the status of the answer."""
        request = urllib.request.Request(
            self._stack.url + address,
            json.dumps({"params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=patient(20)) as response:
                status: int = response.status
        except urllib.error.HTTPError as error:
            status = error.code
        return status
