"""What the test of upgrades says of databases that have lost something."""

from __future__ import annotations

from tests.e2e.upgrades import changes, rows, structure
from tests.e2e.upgrades.rows import Difference, Rows

MQTT = {"id": 1, "iot_device_id": 5, "expected_interval": 10}
OLD = {"fusion_iot": "19.0.1.2.0"}


def held(**tables: list[dict[str, object]]) -> Rows:
    return Rows({table: {(row["id"],): row for row in found} for table, found in tables.items()})


def left(
    before: Rows, after: Rows, versions: dict[str, str] = OLD, opened=lambda text, _at: text
) -> list[str]:
    return rows.told(changes.unexplained(rows.changed(before, after), before, after, versions, opened))


def test_rows_and_tables_that_are_gone():
    before = held(a=[{"id": 1}, {"id": 2}], b=[{"id": 1}], c=[])
    assert rows.lost(before, before) == []
    told = rows.lost(before, held(a=[{"id": 2}]))
    assert told == ["a: 1 of 2 rows are gone, for example [(1,)]", "the table b is gone, with 1 rows"]


def test_rows_that_nobody_entered():
    before, after = held(a=[{"id": 1}], b=[]), held(a=[{"id": 1}, {"id": 2}, {"id": 3}], b=[{"id": 1}])
    assert rows.added(before, after, {"a"}, {("a", 3)}) == ["a: 1 rows are new, for example [(2,)]"]


def test_a_value_that_is_another_one():
    before, after = held(a=[{"id": 1, "x": 1, "y": None}]), held(a=[{"id": 1, "x": 2}])
    assert left(before, after) == ["a.x: 1 values are changed, for example 1 to 2 in (1,)"]


def test_a_column_that_is_gone():
    before, after = held(a=[{"id": 1, "x": 1, "y": None}]), held(a=[{"id": 1}])
    assert left(before, after) == ["a.x: 1 values are changed, for example 1 to None in (1,)"]


def test_a_column_that_has_moved():
    before = held(mqtt_device=[MQTT], iot_device=[{"id": 5}])
    gone = {"id": 1, "iot_device_id": 5}
    right = held(mqtt_device=[gone], iot_device=[{"id": 5, "expected_interval": 10}])
    wrong = held(mqtt_device=[gone], iot_device=[{"id": 5, "expected_interval": 60}])
    assert left(before, right) == []
    told = ["mqtt_device.expected_interval: 1 values are changed, for example 10 to None in (1,)"]
    assert left(before, wrong) == told
    assert left(before, right, {"fusion_iot": "19.0.1.3.0"}) == told


def test_a_column_whose_values_are_in_json_now():
    worker = {"id": 1, "subscriptions": ["#"], "too_fast_count": 0, "unlogged_count": 7}
    before = held(iot_runtime_worker=[worker])
    right = {"id": 1, "memo": {"subscriptions": ["#"]}, "details": {"unlogged_count": 7}}
    assert left(before, held(iot_runtime_worker=[right])) == []
    for column in ("memo", "details"):
        wrong = held(iot_runtime_worker=[{**right, column: None}])
        assert len(left(before, wrong)) == 1


def test_a_secret_counts_as_what_it_is_in_clear():
    before, after = held(a=[{"id": 1, "x": "hidden"}]), held(a=[{"id": 1, "x": "sealed:1:ab:cd"}])
    assert left(before, after, opened=lambda text, _at: "hidden") == []
    (told,) = left(before, after, opened=lambda text, at: "other" if text == at.after else text)
    assert told.startswith("a.x: 1 values are changed")


def test_what_a_fresh_database_has_and_an_upgraded_one_has_not():
    empty: dict[str, dict[str, str]] = {part: {} for part in structure.PARTS}
    upgraded = empty | {"indexes": {"left": "a", "both": "a"}}
    fresh = empty | {"indexes": {"missing": "a", "both": "b"}}
    assert structure.differences(fresh, fresh) == []
    assert structure.differences(upgraded, fresh) == [
        "indexes: both differs; upgraded: a; fresh: b",
        "indexes: left is left over; upgraded: a",
        "indexes: missing is missing; fresh: a",
    ]


def test_many_differences_of_a_column_are_one_line():
    found = [Difference("a", "x", (number,), 0, 1) for number in range(9)]
    (told,) = rows.told(found)
    assert told.startswith("a.x: 9 values are changed, for example 0 to 1 in (0,); 0 to 1 in (1,)")
