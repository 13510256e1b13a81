"""Families of devices from outside the core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from fusion_iot_core.protocol import Measurement
from fusion_iot_core.protocol.parsers import (
    DETECT,
    PARSERS,
    Message,
    Parsed,
    Parser,
    read,
    register,
    registry,
)

OURS = Parser(
    "kilnlog",
    "Kiln logger",
    lambda message, settings: Parsed((Measurement("hall", 851.5, "temperature", "°C"),), "hall"),
    lambda topic, payload: 90 * topic.startswith("kilnlog/"),
)
MESSAGE = Message("kilnlog/hall/v1", b"T:851.5", datetime(2026, 1, 1, tzinfo=timezone.utc))


@pytest.fixture(autouse=True)
def only_here() -> Iterator[None]:
    """What a test registers is forgotten."""
    before = dict(registry._parsers)
    yield
    registry._parsers.clear()
    registry._parsers.update(before)


def test_one_that_is_registered_is_detected_and_found_by_name():
    assert not read(MESSAGE).measurements
    register(OURS)
    assert PARSERS["kilnlog"] is OURS
    for name in (DETECT, "kilnlog"):
        assert [item.value for item in read(MESSAGE, name).measurements] == [851.5]


@pytest.mark.parametrize("name", ["kilnlog", "tasmota", DETECT])
def test_a_name_is_given_once(name):
    register(OURS)
    before = dict(PARSERS)
    with pytest.raises(ValueError, match=name):
        register(replace(OURS, name=name))
    assert dict(PARSERS) == before
