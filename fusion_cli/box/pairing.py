"""Pairing a box with the server of a stack, as an administrator does it."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from ..database.cluster import literal
from ..problem import Problem
from ..process import tail
from ..service import READY_WITHIN_S
from ..stack import Stack
from ..web import Client
from .client import BoxClient

ADDON = "fusion_iot"
NAME = "Box on this machine"


def pair(stack: Stack, box: BoxClient) -> None:
    """Start a box as one of the server's; returns when the server shows it as online. Raises `Problem`."""
    since = datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None)
    box.connect(make_token(stack))
    box.spawn()
    box.wait_until_ready()
    # Online of late: what the last one left behind does not count.
    shown = f"select 1 from iot_box where state = 'paired' and online and paired_at >= {literal(str(since))}"
    deadline = time.monotonic() + READY_WITHIN_S
    while not stack.sql(shown):
        if not box.running:
            raise Problem(f"The IoT Box ended before it was online:\n{tail(box.log)}", "", box.log)
        if time.monotonic() > deadline:
            raise Problem(f"The IoT Box was not online within {READY_WITHIN_S:.0f} s.", "", box.log)
        time.sleep(0.2)


def make_token(stack: Stack) -> str:
    """What a person would paste on the page of a box; the server makes it, and it lets one box in."""
    client = Client(stack.url)
    user: dict[str, object] = {
        "db": stack.database,
        "login": stack.login,
        "password": stack.password,
    }
    try:
        client.call("/web/session/authenticate", user)
        wizard = _call(client, "create", {"name": NAME, "minutes": "15"})
        action = _call(client, "action_make", [wizard])
    except OSError as error:
        raise Problem(f"The server makes no token for an IoT Box: {error}", "", stack.odoo_log) from error
    assert isinstance(action, dict)
    return str(action["context"]["iot_box_connection"])


def _call(client: Client, method: str, *arguments: object) -> object:
    call: dict[str, object] = {"model": "iot.box.pairing", "method": method, "args": arguments, "kwargs": {}}
    return client.call("/web/dataset/call_kw", call)
