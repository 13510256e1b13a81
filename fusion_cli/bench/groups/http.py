"""What the ingest over HTTP costs."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from psycopg2.extras import execute_values

from ...stack import Stack
from .. import load
from ..figure import Figure, median
from ..group import Bench, Group, Measure
from ..processes import resident_mb

ADDONS = Path(__file__).parents[1] / "addons"
CLIENTS = 4
ROUNDS = 5
SENSORS = 100
EPOCH = 1_767_225_600  # 2026-01-01, so that every run's times are device times of the past


class Http(Group):
    """Single posts, batches, queries and memory."""

    order = 10
    name = "http"

    def measures(self, bench: Bench) -> Iterator[Measure]:
        """On a server that has a route which does nothing, to compare with."""
        found = Measures(bench.stack, bench.scale)
        yield "single posts", found.single_posts
        yield "batches of 1,000", found.batches
        yield "queries a batch", found.queries
        yield "memory over 1,000,000 readings", found.memory


class Measures:
    """The measurements. Each compares with the bare thing in the same run, alternating, and takes the median."""

    def __init__(self, stack: Stack, scale: float) -> None:
        self.stack = stack
        self.scale = scale
        self.url = stack.url + "/fp/iot/ingest"
        self.headers = {"X-FP-IOT-Token": stack.token}
        self._clock = itertools.count(EPOCH)
        stack.install(ADDONS, "fusion_bench")
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
        ratio, ours, empty = median(pairs)
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
        ratio, posted, bare = median(pairs)
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
        before = resident_mb(self.stack)
        posts = max(5, int(100 * self.scale))
        start = time.monotonic()
        for _post in range(posts):
            self._post(self._batch(10_000))
        seconds = time.monotonic() - start
        after = resident_mb(self.stack)
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


GROUP = Http()
