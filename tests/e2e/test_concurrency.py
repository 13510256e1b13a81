"""Many clients at once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from tests.e2e.mqtt_lock import locked
from tests.waiting import until

CLIENTS = 8


def together(function, items):
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(function, items))


def test_eight_clients_that_cross_the_limit_raise_one_hold(stack, admin, ingest, sensor):
    sensor_id, serial = sensor
    values = [80.0 + (index % 2) * 15.0 + index / 1000 for index in range(200)]
    answers = together(lambda value: ingest.post({"device_serial": serial, "value": value}), values)
    assert {answer.status for answer in answers} == {200}
    stored = stack.sql(
        f"SELECT count(*), count(DISTINCT value) FROM fp_tank_reading WHERE sensor_id = {sensor_id}"
    )
    assert stored == [["200", "200"]]
    holds = admin.search_read(
        "fusion.plating.quality.hold", [["sensor_id", "=", sensor_id]], ["state", "excursion_count"]
    )
    assert len(holds) == 1
    transitions = stack.sql(
        f"""SELECT count(*) FROM (
                SELECT in_spec, lag(in_spec, 1, true) OVER (ORDER BY read_at, id) AS before
                  FROM fp_tank_reading WHERE sensor_id = {sensor_id}) timeline
             WHERE NOT in_spec AND before"""
    )
    assert 1 <= holds[0]["excursion_count"] <= int(transitions[0][0])


def test_the_same_reading_from_many_at_once_is_one_row(stack, ingest, sensor):
    sensor_id, serial = sensor
    body = {"device_serial": serial, "value": 95.0, "read_at": "2026-01-05T10:00:00Z"}
    answers = together(lambda _client: ingest.post(body), range(24))
    assert {answer.status for answer in answers} == {200}
    assert sum(answer.body["accepted"] for answer in answers) == 1
    assert sum(answer.body.get("duplicates", 0) for answer in answers) == 23
    assert stack.sql(f"SELECT count(*) FROM fp_tank_reading WHERE sensor_id = {sensor_id}") == [["1"]]
    assert stack.sql(f"SELECT count(*) FROM fusion_plating_quality_hold WHERE sensor_id = {sensor_id}") == [
        ["1"]
    ]


def test_batches_over_the_same_sensors_in_any_order_do_not_block_each_other(stack, ingest, make_sensor):
    sensors = make_sensor(20)
    rng = random.Random(7)

    def batch(number):
        order = rng.sample(sensors, len(sensors))
        at = 1767607200 + number * 60
        return {
            "readings": [
                {"device_serial": serial, "value": 95.0 if number % 3 else 80.0, "read_at": at}
                for _id, serial in order
            ]
        }

    answers = together(ingest.post, [batch(number) for number in range(64)])
    assert {answer.status for answer in answers} == {200}
    assert sum(answer.body["accepted"] for answer in answers) == 64 * 20
    ids = ",".join(str(sensor_id) for sensor_id, _serial in sensors)
    assert stack.sql(f"SELECT count(*) FROM fp_tank_reading WHERE sensor_id IN ({ids})") == [["1280"]]
    assert stack.sql(
        f"SELECT count(*), count(DISTINCT sensor_id) FROM fusion_plating_quality_hold WHERE sensor_id IN ({ids})"
    ) == [["20", "20"]]


def test_limits_edited_meanwhile_cost_no_reading(admin, stack, ingest, sensor):
    sensor_id, serial = sensor

    def work(index):
        if index % 10 == 9:
            return admin.call(
                "fp.tank.sensor",
                "write",
                [sensor_id],
                {"alert_max_override": 85.0 + index % 7, "limit_reason": "Test"},
            )
        return ingest.post({"device_serial": serial, "value": 84.0 + index / 1000}).status

    results = together(work, range(100))
    assert set(results) <= {True, 200}
    assert stack.sql(f"SELECT count(*) FROM fp_tank_reading WHERE sensor_id = {sensor_id}") == [["90"]]
    judged = stack.sql(
        f"SELECT count(*) FROM fp_tank_reading WHERE sensor_id = {sensor_id} AND in_spec <> (value <= spec_max)"
    )
    assert judged == [["0"]]


def test_strangers_from_everywhere_are_listed_once(stack, ingest):
    def post(index):
        return ingest.post(
            {"readings": [{"device_serial": f"stranger-{(index + n) % 9}", "value": n} for n in range(9)]}
        )

    assert {answer.status for answer in together(post, range(40))} == {404}
    rows = stack.sql(
        "SELECT count(*), sum(message_count) FROM iot_unknown_device WHERE serial LIKE 'stranger-_'"
    )
    assert rows == [["9", "360"]]


def test_a_lock_held_by_somebody_else_is_waited_for_but_not_for_ever(stack, ingest, sensor):
    sensor_id, serial = sensor
    waits = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        " AND query LIKE '%sensor.device_serial%'"
    )
    with ThreadPoolExecutor(1) as pool:
        with locked(stack, "fp_tank_sensor", sensor_id):
            posted = pool.submit(ingest.post, {"device_serial": serial, "value": 80.0})
            until(lambda: stack.sql(waits), 10, "it is waited for")
            assert not posted.done()
        assert posted.result().status == 200
