"""Whole measurements as JSON."""

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.protocol import BadBody, Measurement, Quality, read_json_measurements


def read(**item):
    return read_json_measurements(item).measurements[0]


def refusal(**item):
    (rejected,) = read_json_measurements(item).rejected
    return rejected.error, rejected.message


def test_everything_that_can_be_said():
    found = read(
        device="oven-1",
        channel="deck:2",
        serial="28:FF:64:06:C7:CC:95:B1",
        quantity="temperature",
        value=450,
        unit="degF",
        at="2026-01-31T12:00:00+01:00",
        quality="suspect",
        note="is not looked at",
    )
    assert found == Measurement(
        device="oven-1",
        value=450.0,
        quantity="temperature",
        unit="°F",
        at=datetime(2026, 1, 31, 11, tzinfo=timezone.utc),
        channel="deck:2",
        serial="28-95ccc70664ff",
        quality=Quality.SUSPECT,
    )


def test_what_is_left_out():
    assert read(device="x", value=1) == Measurement("x", 1.0)
    assert read(serial="28-95CCC70664FF", value=1).device == "28-95ccc70664ff"
    assert read(device="x", value=1, quantity="power") == Measurement(
        "x", 1.0, "power", "W", unit_assumed=True
    )
    assert read(device="x", value=1, at=1e300).impossible_time
    assert read(device="x", value=None, quality="bad").value is None


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"value": 1}, "missing_field"),
        ({"device": "x"}, "missing_field"),
        ({"device": "x", "value": None}, "invalid_value"),
        ({"device": "x", "quality": "bad"}, "missing_field"),
        ({"device": "x", "value": "1"}, "invalid_value"),
        ({"device": "x", "value": True}, "invalid_value"),
        ({"device": "x", "value": float("nan")}, "invalid_value"),
        ({"device": 5, "value": 1}, "invalid_value"),
        ({"device": "x" * 129, "value": 1}, "invalid_value"),
        ({"device": "a\0", "value": 1}, "invalid_value"),
        ({"device": "\ud800", "value": 1}, "invalid_value"),
        ({"device": "x", "value": 1, "channel": 5}, "invalid_value"),
        ({"device": "x", "value": 1, "channel": "y" * 129}, "invalid_value"),
        ({"device": "x", "value": 1, "quantity": "heat"}, "invalid_value"),
        ({"device": "x", "value": 1, "quantity": ["power"]}, "invalid_value"),
        ({"device": "x", "value": 1, "unit": "W"}, "missing_field"),
        ({"device": "x", "value": 1, "quantity": "power", "unit": "°C"}, "invalid_value"),
        ({"device": "x", "value": 1, "quality": "GOOD"}, "invalid_value"),
        ({"device": "x", "value": 1, "at": "soon"}, "invalid_time"),
        ({"device": "x", "value": 1, "at": True}, "invalid_time"),
    ],
)
def test_what_is_refused(item, error):
    assert refusal(**item)[0] == error


def test_a_wrong_unit_is_told_which_there_are():
    assert "W, kW, mW" in refusal(device="x", value=1, quantity="power", unit="PS")[1]


@pytest.mark.parametrize("document", [None, [], "x", {"measurements": []}, {"measurements": {}}])
def test_what_is_no_body(document):
    with pytest.raises(BadBody):
        read_json_measurements(document)


def test_too_many():
    with pytest.raises(BadBody) as caught:
        read_json_measurements({"measurements": [{}] * 10_001})
    assert caught.value.status == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("temperature"),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
KEYS = ("device", "serial", "channel", "quantity", "value", "unit", "at", "quality")


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON, min_size=1, max_size=5))
def test_each_is_read_or_refused(items):
    found = read_json_measurements({"measurements": items})
    assert sorted([*found.indexes, *(item.index for item in found.rejected)]) == list(range(len(items)))
    for item in found.measurements:
        assert item.device
        assert item.value is not None or item.quality is Quality.BAD
