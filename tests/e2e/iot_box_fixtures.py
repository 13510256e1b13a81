"""Fixtures of the tests with a box; a pytest plugin of the modules that want them."""

from __future__ import annotations

import pytest

from tests.e2e.client import Rpc
from tests.e2e.iot_box_client import Box
from tests.e2e.iot_box_server import Boxes

BASE_URL = "web.base.url"


@pytest.fixture
def boxes(stack, admin: Rpc):
    """The boxes of the database, of which there are none before and after. The server's address is the stack's."""
    before = admin.call("ir.config_parameter", "get_param", BASE_URL)
    admin.call("ir.config_parameter", "set_param", BASE_URL, stack.url)
    made = Boxes(stack, admin)
    made.forget()
    try:
        yield made
    finally:
        made.forget()
        admin.call("ir.config_parameter", "set_param", BASE_URL, before)


@pytest.fixture
def client(stack, boxes, request):
    """A client that runs and belongs to nobody yet."""
    box = Box(stack, stack.state / "boxes" / request.node.name)
    try:
        yield box.start()
    finally:
        box.stop()


@pytest.fixture
def paired(client: Box, boxes: Boxes) -> Box:
    """A client that is paired and online."""
    assert client.paste(boxes.token(name="Line 1")) == "success"
    boxes.wait_online()
    return client
