"""Fixtures for tests that start servers of their own; a pytest plugin of the modules that want them."""

from __future__ import annotations

import pytest

from tests.e2e.mqtt_servers import Server, Servers


@pytest.fixture(scope="module")
def bystander(stack):
    """In the place of the stack's server one that answers RPC and leaves the runtime to others."""
    stack.stop_odoo()
    own, port = stack.server, int(stack.url.rpartition(":")[2])
    server = stack.server = Server(stack, "bystander", env={"FUSION_IOT_RUNTIME": "off"}, port=port)
    try:
        yield server.start()
    finally:
        server.stop()
        stack.server = own
        stack.start_odoo()
    assert not server.problems(), server.problems()


@pytest.fixture
def servers(stack, bystander):
    """Starts servers for a test. They must have logged nothing that cannot be explained."""
    made = Servers(stack)
    try:
        yield made
    finally:
        made.close()
    assert not made.problems(), "\n\n".join(made.problems())
