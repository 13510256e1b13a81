"""From publish to the log of readings and to the screen, at QoS 1, against a bare paho client."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ..browser import Browser, available
from ..figure import Figure, median, within
from ..group import Bench, Group, Measure
from ..mqtt.bare import BareClient
from ..mqtt.line import BARE, SENSORS, WATCHED, Line, message
from ..mqtt.publisher import Publisher
from ..mqtt.reading_log import ReadingLog
from ..mqtt.screen import Screen, delays
from ..processes import resident_mb

ROUNDS = 5
DRAIN_ROUNDS = 3
MOST_AT_ONCE = 4_000
SOME_BATCHES = 5
FEW_SENSORS = 100
MESSAGES = 40_000
PACE = 100.0
PACED_S = 20
LOOK_S = 0.005
MILLION = 1_000_000
CHUNK = 50_000
WATCHED_EVERY = 10
WATCHED_STEP = 0.1
SETTLE_S = 3.0


class Mqtt(Group):
    """Rate, delay and memory of the runtime."""

    order = 30
    name = "mqtt"

    def measures(self, bench: Bench) -> Iterator[Measure]:
        """On a connection of its own, with a thousand probes behind it."""
        with bench.stack.report.step(f"Setting up {SENSORS:,} MQTT devices and their sensors"):
            found = Measures(bench)
        yield f"MQTT at {FEW_SENSORS:,} sensors", lambda: found.rate(FEW_SENSORS)
        yield f"MQTT at {SENSORS:,} sensors", lambda: found.rate(SENSORS)
        yield "MQTT after a stop", found.drain
        yield "MQTT delay to the log", found.delay
        if available():
            yield "MQTT delay to the screen", found.screen
        else:
            bench.stack.report.warn("There is no Chromium here: the delay to the screen is not measured.")
        yield "memory over 1,000,000 messages", found.memory


class Measures:
    """The measurements. Rates are compared with the bare client's in the same run, alternating."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.line = Line(bench.stack)
        self.log = ReadingLog(bench.stack)
        self._ours(bench.share(MESSAGES), SENSORS)

    def rate(self, sensors: int) -> list[Figure]:
        """Messages a second from the first publish to the last one's commit, or receipt by the bare client.

        The publisher sends as fast as the broker takes it; what the receiver does not take yet, the broker keeps.
        """
        count = self.bench.share(MESSAGES)
        pairs = []
        for _round in range(ROUNDS):
            bare = self._bare(count, sensors)
            ours = self._ours(count, sensors)
            pairs.append((ours / bare, ours, bare))
        ratio, ours, bare = median(pairs)
        where = f"{sensors:,} sensors"
        return [
            Figure(f"bare client, {where}", bare, "messages/s"),
            Figure(f"committed readings, {where}", ours, "messages/s"),
            Figure(f"committed / bare client, {where}", ratio, goal=0.8),
        ]

    def drain(self) -> list[Figure]:
        """Messages a second that the broker had kept meanwhile; the publisher takes no part of the machine."""
        count = max(self.bench.share(MESSAGES), MOST_AT_ONCE * SOME_BATCHES)
        pairs = []
        for _round in range(DRAIN_ROUNDS):
            bare = self._bare_drain(count)
            ours = self._our_drain(count)
            pairs.append((ours / bare, ours, bare))
        ratio, ours, bare = median(pairs)
        return [
            Figure("bare client after a stop", bare, "messages/s"),
            Figure("committed readings after a stop", ours, "messages/s"),
            Figure("committed / bare client after a stop", ratio),
        ]

    def delay(self) -> list[Figure]:
        """Milliseconds from publish to commit at a hundred messages a second."""
        values = self.line.values(self.bench.share(int(PACE * PACED_S)))
        messages = [message(index % FEW_SENSORS + 1, value) for index, value in enumerate(values)]
        publisher = Publisher(self.line.port, messages, PACE)
        last = self.log.end()
        publisher.start()
        committed = self.log.follow(last, len(values), LOOK_S)
        sent = publisher.finish().sent
        found = [1_000 * (committed[value] - at) for at, value in zip(sent, values, strict=True)]
        return [
            Figure("publish to commit, half within", within(0.5, found), "ms"),
            Figure("publish to commit, 95 % within", within(0.95, found), "ms", goal=300, at_most=True),
            Figure("publish to commit, longest", max(found), "ms"),
        ]

    def screen(self) -> list[Figure]:
        """Milliseconds from publish to visible on the open form of a tank, at a hundred messages a second.

        Every tenth message is of the sensor that is looked at. Its values rise, so that one which was overtaken on
        the way counts as visible with the next.
        """
        tank, lowest, _highest = self.line.sensor(WATCHED)
        values = self.line.values(self.bench.share(int(PACE * PACED_S)))
        watched = range(0, len(values), WATCHED_EVERY)
        messages = [message(index % FEW_SENSORS + 1, value) for index, value in enumerate(values)]
        for step, index in enumerate(watched, 1):
            values[index] = round(lowest + step * WATCHED_STEP, 1)
            messages[index] = message(WATCHED, values[index])
        publisher = Publisher(self.line.port, messages, PACE)
        last = self.log.end()
        with Browser() as browser:
            screen = Screen(browser, self.bench.stack, tank, f"Bench MQTT {WATCHED}")
            screen.watch()
            sent = publisher.publish().sent
            time.sleep(SETTLE_S)
            seen = screen.seen()
        self.log.wait(last, len(messages))
        found = [1_000 * delay for delay in delays([(sent[index], values[index]) for index in watched], seen)]
        return [
            Figure("publish to visible, half within", within(0.5, found), "ms"),
            Figure("publish to visible, 95 % within", within(0.95, found), "ms", goal=1_000, at_most=True),
            Figure("publish to visible, longest", max(found), "ms"),
        ]

    def memory(self) -> list[Figure]:
        """Growth of the server's resident memory over a million messages."""
        self._ours(self.bench.share(CHUNK), SENSORS)
        before = resident_mb(self.bench.stack)
        total = self.bench.share(MILLION)
        began = time.monotonic()
        for first in range(0, total, CHUNK):
            self._ours(min(CHUNK, total - first), SENSORS)
        seconds = time.monotonic() - began
        after = resident_mb(self.bench.stack)
        return [
            Figure("messages committed in a row", total),
            Figure("rate over all of them, pauses included", total / seconds, "messages/s"),
            Figure("server memory before the messages", before, "MiB"),
            Figure("server memory growth over the messages", after - before, "MiB"),
        ]

    def _ours(self, count: int, sensors: int) -> float:
        publisher = Publisher(self.line.port, self.line.messages(count, sensors))
        last = self.log.end()
        publisher.start()
        grown = self.log.wait(last, count)
        return count / (grown.last - publisher.finish().began)

    def _bare(self, count: int, sensors: int) -> float:
        publisher = Publisher(self.line.port, self.line.messages(count, sensors, BARE))
        client = BareClient(self.line.port, f"{BARE}/#", count, self.line.window)
        publisher.start()
        received = client.finish()
        return count / (received.last - publisher.finish().began)

    def _our_drain(self, count: int) -> float:
        last = self.log.end()
        self.line.stop()
        Publisher(self.line.port, self.line.messages(count, SENSORS)).publish()
        self.line.start()
        grown = self.log.wait(last, count)
        self.line.wait_until_up()
        return (count - grown.before) / (grown.last - grown.first)

    def _bare_drain(self, count: int) -> float:
        BareClient(self.line.port, f"{BARE}/#", 0, self.line.window).finish()
        Publisher(self.line.port, self.line.messages(count, SENSORS, BARE)).publish()
        client = BareClient(self.line.port, f"{BARE}/#", count, self.line.window, resume=True)
        received = client.finish()
        return (count - 1) / (received.last - received.first)


GROUP = Mqtt()
