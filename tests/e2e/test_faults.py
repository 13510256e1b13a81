"""The database or the server goes away in the middle of a stream: what was acknowledged is there, once."""

from __future__ import annotations

import threading
import time

import pytest

from fusion_cli.testing.pace import patient
from tests.waiting import until


class Stream:
    """Posts one reading after the other, each until it is acknowledged, as a device that keeps its readings does.

    Its record is the client's own: what it was told is stored.
    """

    def __init__(self, ingest, serial: str, first: int) -> None:
        self.ingest, self.serial, self.first = ingest, serial, first
        self.acknowledged: list[int] = []
        self.statuses: set[int] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Stream:
        self._thread.start()
        self.wait_for(10)
        return self

    def __exit__(self, *_error) -> None:
        self._stop.set()
        self._thread.join(patient(60))
        assert not self._thread.is_alive()

    def wait_for(self, more: int, seconds: float = 60.0) -> None:
        """Wait until so many more readings were acknowledged."""
        target = len(self.acknowledged) + more
        until(lambda: len(self.acknowledged) >= target, seconds, f"{more} more are acknowledged")

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            at = self.first + number
            value = 80.0 if number % 20 < 15 else 95.0
            answer = self.ingest.post(
                {"device_serial": self.serial, "value": value, "read_at": at}, timeout=20
            )
            self.statuses.add(answer.status)
            if answer.status == 200:
                assert answer.body["accepted"] + answer.body.get("duplicates", 0) == 1
                self.acknowledged.append(at)
                number += 1
            else:
                time.sleep(0.1)


@pytest.fixture
def streams(ingest, make_sensor):
    """Four devices that stream, and the check of what they were promised."""
    sensors = make_sensor(4)
    return [
        Stream(ingest, serial, 1_767_700_000 + 1_000_000 * number)
        for number, (_id, serial) in enumerate(sensors)
    ]


def check(stack, streams) -> None:
    for stream in streams:
        rows = stack.sql(
            "SELECT extract(epoch FROM read_at)::bigint, count(*) FROM fp_tank_reading reading "
            f"JOIN fp_tank_sensor sensor ON sensor.id = sensor_id WHERE device_serial = '{stream.serial}' GROUP BY 1"
        )
        stored = {int(at): int(count) for at, count in rows}
        assert set(stored.values()) == {1}, "a reading was stored twice"
        missing = set(stream.acknowledged) - stored.keys()
        assert not missing, f"{len(missing)} acknowledged readings are lost"
        holds = stack.sql(
            "SELECT count(*) FROM fusion_plating_quality_hold hold JOIN fp_tank_sensor sensor ON sensor.id = sensor_id "
            f"WHERE device_serial = '{stream.serial}'"
        )
        assert holds == [["1"]]


def run_through(streams, fault) -> set[int]:
    for stream in streams:
        stream.__enter__()
    try:
        fault()
        for stream in streams:
            stream.wait_for(40)
    finally:
        for stream in streams:
            stream.__exit__()
    return set().union(*(stream.statuses for stream in streams))


@pytest.mark.parametrize("crash", [False, True], ids=["restarted", "killed"])
def test_postgresql_goes_away_in_the_middle(stack, streams, crash):
    statuses = run_through(streams, lambda: stack.restart_postgres(crash=crash))
    check(stack, streams)
    assert statuses <= {200, 503}, "a device saw something else than stored and try again"


def test_the_server_is_killed_in_the_middle(stack, streams):
    def fault():
        stack.kill_odoo()
        stack.start_odoo()

    assert run_through(streams, fault) <= {0, 200, 503}
    check(stack, streams)


def test_without_a_database_devices_are_told_when_to_come_back(stack, ingest, sensor):
    body = {"device_serial": sensor[1], "value": 80.0}
    assert ingest.post(body).status == 200
    stack.stop_postgres()
    try:
        for _try in range(5):
            answer = ingest.post(body)
            assert answer.status == 503, answer
            assert answer.body["error"] == "unavailable"
            assert int(answer.headers["Retry-After"]) > 0
        assert ingest.post(b"{").status == 503
    finally:
        stack.start_postgres()
    until(lambda: ingest.post(body).status == 200, 30, "it is stored again", every=0.2)


def test_a_client_that_hears_nothing_may_send_again(stack, ingest, sensor):
    body = {"device_serial": sensor[1], "value": 95.0, "read_at": "2026-01-05T10:00:00Z"}
    stack.kill_odoo()
    try:
        assert ingest.post(body).status == 0
    finally:
        stack.start_odoo()
    assert ingest.post(body).body == {"ok": True, "accepted": 1}
    assert ingest.post(body).body == {"ok": True, "accepted": 0, "duplicates": 1}
