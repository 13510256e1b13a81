"""Fixtures of the tests of sessions; a pytest plugin of the modules that want them."""

from __future__ import annotations

import pytest

from tests.e2e.session_shop import Shop


@pytest.fixture
def shop(line):
    """Machines behind a connection of their own."""
    with Shop(line) as made:
        yield made
