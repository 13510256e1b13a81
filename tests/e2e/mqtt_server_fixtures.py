"""Fixtures for tests that start servers of their own; a pytest plugin of the modules that want them."""

from __future__ import annotations

import pytest

from tests.e2e.mqtt_servers import Servers, bystanding


@pytest.fixture(scope="module")
def bystander(stack):
    """In the place of the stack's server one that answers RPC and leaves the runtime to others."""
    with bystanding(stack) as server:
        yield server


@pytest.fixture
def servers(stack, bystander):
    """Starts servers for a test. They must have logged nothing that cannot be explained."""
    made = Servers(stack)
    try:
        yield made
    finally:
        made.close()
    assert not made.problems(), "\n\n".join(made.problems())
