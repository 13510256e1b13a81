from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg2
from psycopg2.extras import execute_values

from ..stack import Stack
from . import load

Pair = TypeVar("Pair")
CLIENTS = 4
ROUNDS = 5
SENSORS = 100
EPOCH = 1_767_225_600  # 2026-01-01, so that every run's times are device times of the past


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``goal`` is a lower bound unless ``at_most``."""

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    at_most: bool = False

    @property
    def text(self) -> str:
        """The value as people write it."""
        number = (
            f"{self.value:,.2f}"
            if abs(self.value) < 10 and self.value != int(self.value)
            else f"{self.value:,.0f}"
        )
        return f"{number} {self.unit}".strip()

    @property
    def goal_text(self) -> str:
        """The goal, if there is one."""
        return "" if self.goal is None else f"{'<=' if self.at_most else '>='} {self.goal:g}"

    @property
    def verdict(self) -> str:
        """Whether the goal was met."""
        if self.goal is None:
            return ""
        return "met" if (self.value <= self.goal if self.at_most else self.value >= self.goal) else "MISSED"


class Measures:
    """The measurements. Each compares with the bare thing in the same run, alternating, and takes the median."""

    def __init__(self, stack: Stack, scale: float) -> None:
        self.stack = stack
        self.scale = scale
        self.url = stack.url + "/fp/iot/ingest"
        self.headers = {"X-FP-IOT-Token": stack.token}
        self._clock = itertools.count(EPOCH)
        stack.install(Path(__file__).parent / "addons", "fusion_bench")
        self._make_sensors()

    def single_posts(self) -> list[Figure]:
        """Single posts against an empty route of the same server that runs ``SELECT 1``."""
        seconds = max(1.0, 6.0 * self.scale)
        load.run(self._singles, CLIENTS, 1.0)
        load.run(self._noops, CLIENTS, 1.0)
        pairs = []
        for _round in range(ROUNDS):
            empty = load.run(self._noops, CLIENTS, seconds)
            ours = load.run(self._singles, CLIENTS, seconds)
            if empty.failures or ours.failures:
                raise AssertionError(f"{empty.failures} + {ours.failures} requests failed")
            pairs.append((ours.per_second / empty.per_second, ours, empty))
        ratio, ours, empty = _median(pairs)
        return [
            Figure("empty route", empty.per_second, "requests/s"),
            Figure("single posts", ours.per_second, "posts/s"),
            Figure("single posts / empty route", ratio, goal=0.8),
            Figure("single post, half within", ours.latency(0.5) * 1000, "ms"),
            Figure("single post, 99 % within", ours.latency(0.99) * 1000, "ms"),
        ]

    def batches(self) -> list[Figure]:
        """Batches of 1,000 over HTTP against a bare ``execute_values`` of the same rows into the same table."""
        count = max(5, int(40 * self.scale))
        pairs = []
        for _round in range(ROUNDS):
            bare = self._bare_rows(count)
            posted = self._posted_rows(count)
            pairs.append((posted / bare, posted, bare))
        ratio, posted, bare = _median(pairs)
        return [
            Figure("bare execute_values", bare, "rows/s"),
            Figure("batches of 1,000", posted, "readings/s"),
            Figure("batches / bare execute_values", ratio, goal=0.4),
        ]

    def queries(self) -> list[Figure]:
        """Queries of a batch, as the server itself counts them in its access log."""
        figures = []
        for size in (1, 100, 10_000):
            self._post(self._batch(size))
            time.sleep(1.1)  # past the one nudge a second, which would add its own
            self._post(self._batch(size))
            figures.append(
                Figure(f"queries, batch of {size:,}", self._last_query_count(), goal=10, at_most=True)
            )
        return figures

    def memory(self) -> list[Figure]:
        """Growth of the server's resident memory over a million readings."""
        for _warm_up in range(max(2, int(10 * self.scale))):
            self._post(self._batch(10_000))
        before = self._resident_mb()
        posts = max(5, int(100 * self.scale))
        start = time.monotonic()
        for _post in range(posts):
            self._post(self._batch(10_000))
        seconds = time.monotonic() - start
        after = self._resident_mb()
        return [
            Figure("readings posted in batches of 10,000", posts * 10_000),
            Figure("rate", posts * 10_000 / seconds, "readings/s"),
            Figure("server memory before", before, "MiB"),
            Figure("server memory growth", after - before, "MiB"),
        ]

    def _make_sensors(self) -> None:
        self.stack.sql(
            f"""
            INSERT INTO fp_tank_sensor (name, device_serial, device_kind, tank_id, bath_id, parameter_id, company_id,
                                        active, deadband, delay, expected_interval)
            SELECT 'Bench ' || number, 'bench-' || number, 'other', tank.id, tank.bath_id, parameter.id,
                   tank.company_id, true, 0, 0, 60
              FROM generate_series(0, {SENSORS - 1}) number,
                   (SELECT * FROM fusion_plating_tank WHERE bath_id IS NOT NULL ORDER BY id LIMIT 1) tank
              JOIN fusion_plating_bath_parameter parameter
                ON parameter.bath_id = tank.bath_id AND parameter.quantity = 'temperature'
            ON CONFLICT DO NOTHING
            """
        )
        (row,) = self.stack.sql(
            """
            SELECT sensor.id, sensor.tank_id, sensor.bath_id, sensor.parameter_id, sensor.company_id, parameter.unit,
                   target_min, target_max, action_min, action_max, (target_min + target_max) / 2
              FROM fp_tank_sensor sensor
              JOIN fusion_plating_bath_parameter parameter ON parameter.id = parameter_id
             WHERE device_serial = 'bench-0'
            """
        )
        *constants, middle = row
        self._constants = [None if item == "" else item for item in constants]
        self._middle = float(middle)

    def _noops(self, _number: int) -> Iterator[tuple[str, bytes, dict[str, str]]]:
        while True:
            yield self.stack.url + "/fusion/bench/noop", b"{}", {}

    def _singles(self, number: int) -> Iterator[tuple[str, bytes, dict[str, str]]]:
        for step in itertools.count():
            reading = {
                "device_serial": f"bench-{(number + step * CLIENTS) % SENSORS}",
                "value": self._middle + step % 7 / 100,
            }
            yield self.url, json.dumps(reading).encode(), self.headers

    def _batch(self, size: int) -> bytes:
        readings = [
            {
                "device_serial": f"bench-{index % SENSORS}",
                "value": self._middle + index % 7 / 100,
                "read_at": next(self._clock),
            }
            for index in range(size)
        ]
        return json.dumps({"readings": readings}).encode()

    def _post(self, body: bytes) -> None:
        status = load.send(*load.request_bytes(self.url, body, self.headers))
        if status != 200:
            raise AssertionError(f"The ingest answered {status}.")

    def _posted_rows(self, count: int) -> float:
        bodies = [self._batch(1000) for _batch in range(count)]
        start = time.monotonic()
        for body in bodies:
            self._post(body)
        return count * 1000 / (time.monotonic() - start)

    def _bare_rows(self, count: int) -> float:
        batches = [
            [
                (
                    *self._constants,
                    self._middle,
                    self._middle,
                    "°C",
                    time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(next(self._clock))),
                    "2026-01-01 00:00:00",
                    "device",
                    True,
                    "good",
                    "http",
                )
                for _row in range(1000)
            ]
            for _batch in range(count)
        ]
        connection = psycopg2.connect(host=str(self.stack.pg_socket), user="odoo", dbname=self.stack.database)
        with connection.cursor() as cursor:
            start = time.monotonic()
            for batch in batches:
                execute_values(
                    cursor,
                    "INSERT INTO fp_tank_reading (sensor_id, tank_id, bath_id, parameter_id, company_id, unit, "
                    "spec_min, spec_max, action_min, action_max, value, raw_value, raw_unit, read_at, received_at, "
                    "time_source, in_spec, quality, source) VALUES %s",
                    batch,
                )
                connection.commit()
            seconds = time.monotonic() - start
        connection.close()
        return count * 1000 / seconds

    def _last_query_count(self) -> int:
        """The first of the three figures that Odoo puts behind a request in its log: its queries."""
        time.sleep(0.3)
        with self.stack.odoo_log.open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - 65536))
            lines = log.read().decode("utf-8", "replace").splitlines()
        for line in reversed(lines):
            if found := re.search(r'"POST /fp/iot/ingest[^"]*" 200 - (\d+) ', line):
                return int(found.group(1))
        raise AssertionError("The server's log has no line of the request.")

    def _resident_mb(self) -> float:
        """Resident memory of the server process and its children."""
        root = int(self.stack.odoo_pidfile.read_text())
        total, todo = 0.0, [root]
        while todo:
            pid = todo.pop()
            try:
                status = Path(f"/proc/{pid}/status").read_text()
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            except OSError:
                continue
            todo += [int(child) for child in children]
            total += int(status.split("VmRSS:")[1].split()[0]) / 1024
        return total


def _median(pairs: list[tuple[float, Pair, Pair]]) -> tuple[float, Pair, Pair]:
    return sorted(pairs, key=lambda pair: pair[0])[len(pairs) // 2]
