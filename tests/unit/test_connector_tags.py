"""What tags make of raw values, and readings of tags."""

import math
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.connectors import (
    FIELDS,
    Misconfigured,
    Tag,
    evaluate,
    parse_tags,
    reading_of,
    reading_without_tags,
)
from fusion_iot_core.protocol import Quality

NOON = datetime(2026, 11, 2, 12, tzinfo=timezone.utc)
MODES = {"1": "idle", "4": "running", "true": "on"}


def parse(*items):
    return parse_tags([*items], FIELDS)


class TestParse:
    def test_all_keys(self):
        (tag,) = parse(
            {
                "name": "Deck 1",
                "quantity": "temperature",
                "unit": "°F",
                "zone": "1",
                "scale": 0.1,
                "offset": -4,
                "map": {"0": 0},
                "min": 0,
                "max": 600,
                "deadband": 0.5,
                "node": "nsu=http://example.com/;s=T1",
            }
        )
        assert tag.address == {"node": "nsu=http://example.com/;s=T1"}
        assert (tag.scale, tag.offset, tag.minimum, tag.maximum, tag.deadband) == (0.1, -4, 0, 600, 0.5)

    @pytest.mark.parametrize(
        ("items", "path"),
        [
            ({}, "additional_config.tags"),
            ([7], "additional_config.tags[0]"),
            ([{}], "additional_config.tags[0].name"),
            ([{"name": "a\0"}], "additional_config.tags[0].name"),
            ([{"name": "a"}, {"name": "a"}], "additional_config.tags[1].name"),
            ([{"name": "a", "quantity": "heat"}], "additional_config.tags[0].quantity"),
            ([{"name": "a", "quantity": "temperature", "unit": "bar"}], "additional_config.tags[0].unit"),
            ([{"name": "a", "field": "colour"}], "additional_config.tags[0].field"),
            ([{"name": "a", "scale": "2"}], "additional_config.tags[0].scale"),
            ([{"name": "a", "offset": math.nan}], "additional_config.tags[0].offset"),
            ([{"name": "a", "min": 2, "max": 1}], "additional_config.tags[0].min"),
            ([{"name": "a", "deadband": -1}], "additional_config.tags[0].deadband"),
            ([{"name": "a", "map": ["x"]}], "additional_config.tags[0].map"),
            ([{"name": str(number)} for number in range(501)], "additional_config.tags"),
        ],
    )
    def test_what_cannot_be(self, items, path):
        with pytest.raises(Misconfigured) as error:
            parse_tags(items, FIELDS)
        assert error.value.path == path
        assert str(error.value).startswith(f"{path}: ")


class TestEvaluate:
    @pytest.mark.parametrize(
        ("raw", "value", "quality"),
        [
            (1850, 185.0, Quality.GOOD),
            ("1850", 185.0, Quality.GOOD),
            (b"1850", None, Quality.BAD),
            (None, None, Quality.BAD),
            ("hot", None, Quality.BAD),
            ("185,5", None, Quality.BAD),
            (math.nan, None, Quality.BAD),
            (1e308, 1e307, Quality.SUSPECT),
            (True, True, Quality.GOOD),
            (4100, 410.0, Quality.SUSPECT),
            (-1, -0.1, Quality.SUSPECT),
        ],
    )
    def test_a_temperature(self, raw, value, quality):
        found = evaluate(Tag("T", "temperature", scale=0.1, minimum=0.0, maximum=400.0), raw, at=NOON)
        assert (found.value, found.quality, found.at) == (
            pytest.approx(value) if value else value,
            quality,
            NOON,
        )
        assert (quality is Quality.GOOD) == (not found.reason)

    def test_physics_counts_in_the_unit_of_the_tag(self):
        tag = Tag("T", "temperature", "°F")
        assert evaluate(tag, -459).quality is Quality.GOOD
        assert evaluate(tag, -461).quality is Quality.SUSPECT

    @pytest.mark.parametrize(
        ("raw", "value"), [(4, "running"), (4.0, "running"), ("4", "running"), (" 1 ", "idle"), (True, "on")]
    )
    def test_a_map(self, raw, value):
        assert evaluate(Tag("Mode", map=MODES), raw).value == value

    def test_letters_of_a_map_count_in_either_case(self):
        assert evaluate(Tag("Mode", map={"Running": "running"}), "RUNNING").value == "running"

    def test_what_is_not_in_the_map_is_kept_and_doubted(self):
        found = evaluate(Tag("Mode", map=MODES), 7)
        assert (found.value, found.raw, found.quality) == (7, 7, Quality.SUSPECT)
        assert "not in the map" in found.reason

    @pytest.mark.parametrize("raw", [float("inf"), float("nan")])
    def test_what_is_no_value_and_not_in_the_map_is_bad(self, raw):
        found = evaluate(Tag("Mode", map=MODES), raw)
        assert (found.value, found.quality) == (None, Quality.BAD)

    def test_quality_becomes_no_better(self):
        tag = Tag("T", "temperature")
        assert evaluate(tag, 20, Quality.SUSPECT, reason="Uncertain").quality is Quality.SUSPECT
        bad = evaluate(tag, 20, Quality.BAD, reason="BadSensorFailure")
        assert (bad.value, bad.raw, bad.reason) == (None, 20, "BadSensorFailure")

    @given(
        raw=st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.binary()
        | st.lists(st.integers())
        | st.dictionaries(st.text(), st.integers()),
        scale=st.floats(allow_nan=False, allow_infinity=False),
        values=st.dictionaries(st.text(), st.integers() | st.text()),
        kind=st.sampled_from([float, str]),
    )
    def test_nothing_raises(self, raw, scale, values, kind):
        found = evaluate(Tag("T", "temperature", scale=scale, map=values), raw, kind=kind)
        if isinstance(found.value, float):
            assert math.isfinite(found.value)
        assert (found.quality is Quality.BAD) == (found.value is None)


class TestReading:
    def test_zones_fields_and_the_rest(self):
        tags = parse(
            {"name": "Deck 1", "quantity": "temperature", "unit": "°F", "zone": "1"},
            {"name": "Deck 2", "quantity": "temperature", "zone": "2"},
            {"name": "Mode", "field": "operational_status", "map": MODES},
            {"name": "Energy", "quantity": "energy", "unit": "Wh", "field": "energy_consumption_kwh"},
            {"name": "Progress", "field": "cycle_progress_percentage"},
            {"name": "Fan", "quantity": "frequency"},
            {"name": "Door"},
        )
        raws = (356, 200.5, 4, 12_500, 45, 50, True)
        reading = reading_of(evaluate(tag, raw) for tag, raw in zip(tags, raws, strict=True))
        assert reading.temperature_zones == {"1": pytest.approx(180.0), "2": 200.5}
        assert reading.values == {
            "temperature": pytest.approx(180.0),
            "operational_status": "running",
            "energy_consumption_kwh": 12.5,
            "cycle_progress_percentage": 45.0,
        }
        assert reading.raw_status == "4"
        assert reading.additional_sensors == {"Fan": 50.0, "Door": True}
        assert reading.quality is Quality.GOOD

    def test_the_worst_counts(self):
        good, bad = (evaluate(Tag(name, "temperature"), raw) for name, raw in (("a", 20), ("b", None)))
        assert reading_of([good]).quality is Quality.GOOD
        assert reading_of([good, bad]).quality is Quality.SUSPECT
        assert reading_of([bad]).quality is Quality.BAD
        assert reading_of([good, bad]).bad == (bad,)
        assert reading_of([good, bad]).additional_sensors == {"a": 20.0}

    def test_the_newest_source_time(self):
        later = NOON + timedelta(seconds=2)
        values = [evaluate(Tag(str(at)), 1, at=at) for at in (NOON, later, None)]
        assert reading_of(values).at == later
        assert reading_of(values[2:]).at is None

    def test_an_answer_that_speaks_for_itself(self):
        reading = reading_without_tags(
            {
                "temperature": "185.5",
                "temperature_zones": {"cabinet": 180, "core": 72, "": 1},
                "humidity": 65,
                "operational_status": "running",
                "time_remaining_minutes": None,
                "fan_rpm": 1450,
                "serial": "X-1",
                "ok": True,
                "nested": {"temperature": 1},
            }
        )
        assert reading.values == {"temperature": 185.5, "humidity": 65.0, "operational_status": "running"}
        assert reading.temperature_zones == {"cabinet": 180.0, "core": 72.0}
        assert reading.additional_sensors == {"fan_rpm": 1450.0}
        assert reading.quality is Quality.SUSPECT, "it has no value for one of them"

    @given(
        st.dictionaries(
            st.text() | st.sampled_from(sorted(FIELDS)),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                max_leaves=5,
            ),
        )
    )
    def test_no_answer_raises(self, document):
        reading_without_tags(document)
