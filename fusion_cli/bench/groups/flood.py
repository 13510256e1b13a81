"""What honest devices feel of one publisher that sends as fast as it can at QoS 0."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from ..figure import Figure, within
from ..group import Bench, Group, Measure
from ..mqtt.flood import Flood, Honest
from ..mqtt.line import OURS, Line, message
from ..mqtt.publisher import Sent
from ..mqtt.reading_log import ReadingLog
from ..processes import odoo_cpu_s

FLOOD_S = 12
BEFORE_S, AFTER_S = 2, 6
PACE = 5.0
HONEST_0, HONEST_1, FLOODED = 1, 2, 3
MOST = 2_000_000
MOST_LARGE = 60_000
LARGE = 16 * 1024
TOPICS = 100_000
VALUES = 1_000
STRANGERS, SERIALS = 3_000, 100_000
LOOK_S = 0.01
PATIENCE_S = 120.0


class Floods(Group):
    """Delay of honest devices, and what stays behind in the database."""

    order = 35
    name = "flood"

    def measures(self, bench: Bench) -> Iterator[Measure]:
        """On a connection that discovers everything, as a new one does."""
        with bench.stack.report.step("Setting up MQTT devices and their sensors"):
            found = Measures(bench)
        junk = b"x" * LARGE
        flooded = f"{OURS}/bench-{FLOODED:04d}/SENSOR"
        kinds: list[tuple[str, list[Sent], int]] = [
            ("no flood", [], 0),
            ("16 KiB of junk at a device's topic", [(flooded, junk)], MOST_LARGE),
            (
                "16 KiB of junk of strangers",
                [(f"{OURS}/stranger-{n}/SENSOR", junk) for n in range(200)],
                MOST_LARGE,
            ),
            ("readings of one probe", [_reading(FLOODED, 60 + n / 1_000) for n in range(VALUES)], MOST),
            ("readings of strangers", _strangers(), MOST),
            ("nonsense of strangers", [(f"noise/{n}", b"x") for n in range(TOPICS)], MOST),
        ]
        try:
            for title, messages, most in kinds:
                yield title, lambda t=title, m=messages, n=most: found.flood(t, m, n)  # type: ignore[misc]
        finally:
            found.close()


class Measures:
    """The measurements; two devices of the line are honest, a third one is flooded."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.line = Line(bench.stack)
        self._discover("#")
        self.log = ReadingLog(bench.stack)

    def close(self) -> None:
        """The broker keeps the session for the next run, which is not to have everything twice."""
        self._discover(f"{OURS}/#")

    def flood(self, title: str, messages: list[Sent], most: int) -> list[Figure]:
        """Milliseconds from publish to commit of two honest devices, at QoS 0 and 1, while a third client floods."""
        seconds = max(2.0, FLOOD_S * self.bench.scale)
        count = int(PACE * (BEFORE_S + seconds + AFTER_S))
        values = self.line.values(2 * count)
        own = (values[:count], values[count:])
        stack = self.bench.stack
        last, logged, cpu, began = self.log.end(), self._logged(), odoo_cpu_s(stack), time.monotonic()
        honest = [
            Honest(self.line.port, [message(number, value) for value in mine], PACE, qos)
            for qos, number, mine in ((0, HONEST_0, own[0]), (1, HONEST_1, own[1]))
        ]
        most = self.bench.share(most)
        flood = Flood(self.line.port, messages, BEFORE_S, seconds, most) if messages else None
        found = self.log.follow(last, len(values), LOOK_S, PATIENCE_S, set(values))
        sent = [one.finish() for one in honest]
        figures = []
        for qos, mine in enumerate(own):
            delays = [
                1_000 * (found[value] - at)
                for at, value in zip(sent[qos], mine, strict=True)
                if value in found
            ]
            figures += [
                Figure(f"{title}: QoS {qos}, half within", within(0.5, delays), "ms"),
                Figure(
                    f"{title}: QoS {qos}, 95 % within", within(0.95, delays), "ms", goal=2_000, at_most=True
                ),
                Figure(f"{title}: QoS {qos}, longest", max(delays), "ms"),
                Figure(f"{title}: QoS {qos}, lost", len(mine) - len(delays), goal=0, at_most=True),
            ]
        if flood:
            figures += [
                Figure(f"{title}: sent", flood.finish(), "messages"),
                Figure(f"{title}: readings stored of it", self.log.end() - last - len(found), "rows"),
                Figure(f"{title}: growth of the message log", self._logged() - logged, "MiB"),
                Figure(
                    f"{title}: server", (odoo_cpu_s(stack) - cpu) / (time.monotonic() - began), "of a core"
                ),
            ]
        return figures

    def _discover(self, topic_filter: str) -> None:
        """Have the connection discover there; returns when it does, and nowhere else."""
        self.line.call("mqtt.connection", "write", [self.line.connection], {"discovery_filter": topic_filter})
        deadline = time.monotonic() + PATIENCE_S
        found = (
            f"SELECT memo->'subscriptions'->>0 FROM iot_runtime_worker WHERE res_id = {self.line.connection}"
        )
        while [topic_filter] not in self.bench.stack.sql(f"{found} AND kind = 'mqtt'"):
            if time.monotonic() > deadline:
                raise AssertionError(f"The connection does not listen to {topic_filter}.")
            time.sleep(0.1)

    def _logged(self) -> float:
        ((size,),) = self.bench.stack.sql("SELECT pg_total_relation_size('mqtt_message') / 1048576.0")
        return float(size)


def _reading(number: int, value: float) -> Sent:
    """Without a time of its own, so that each is another reading."""
    topic, payload = message(number, value)
    content = json.loads(payload)
    del content["Time"]
    return topic, json.dumps(content).encode()


def _strangers() -> list[Sent]:
    """Readings of devices that nobody has set up, ever new serials at a few thousand topics."""
    found = []
    for number in range(SERIALS):
        reading = {"DS18B20": {"Id": f"{2**30 + number:012X}", "Temperature": 20}, "TempUnit": "C"}
        found.append((f"{OURS}/stranger-{number % STRANGERS}/SENSOR", json.dumps(reading).encode()))
    return found


GROUP = Floods()
