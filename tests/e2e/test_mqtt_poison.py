"""Messages that cannot be understood, and messages that cannot be processed, by the thousands."""

from __future__ import annotations

import itertools
import random

import pytest

from fusion_cli.ledger.entry import Entry
from fusion_cli.ledger.probe import MAKES, Probe
from tests.e2e import mqtt_poison
from tests.e2e.mqtt_poison import BREAKS_SQL, RAISES
from tests.waiting import until

POISON = 10_000
PROCESSING_FAILS = 150
GOOD_EVERY = 25
KEPT = 1_000


@pytest.fixture(scope="module")
def faulty_addon(stack, tmp_path_factory) -> None:
    """An addon is installed that some measurements make fail."""
    folder = tmp_path_factory.mktemp("addons")
    mqtt_poison.write_addon(folder)
    stack.install(folder, mqtt_poison.NAME)


class Poisoner:
    """Makes messages that are to be set aside; each differs from the others."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._numbers = itertools.count()

    def junk(self, probe: Probe) -> Entry:
        """One that no parser can read."""
        number = next(self._numbers)
        noise = self._random.randbytes(self._random.randint(1, 60)).hex().encode()
        payload = self._random.choice(
            [b'{"Time": ', b"[[[", b"NaN ", b"\xff\xfe\0", b'{"a": 1,, ', b"1.2.3 "]
        )
        return self._entry(probe, payload + noise + str(number).encode())

    def unprocessable(self, probe: Probe) -> Entry:
        """One that is read well, and whose processing fails."""
        value = self._random.choice([RAISES, BREAKS_SQL])
        payload = probe.payload(value, probe.epoch)
        return self._entry(probe, payload + b" " * (next(self._numbers) % 1000))

    @staticmethod
    def _entry(probe: Probe, payload: bytes) -> Entry:
        return Entry(probe, -1, 0.0, False, None, probe.topic, payload)


def test_ten_thousand_poisonous_messages_harm_nobody_else(stack, line, odoo_log, faulty_addon):
    connection = line.connection(log_keep_count=KEPT)
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    rng, poisoner = random.Random(5), Poisoner(5)
    bad = [poisoner.unprocessable] * PROCESSING_FAILS + [poisoner.junk] * (POISON - PROCESSING_FAILS)
    rng.shuffle(bad)
    with odoo_log.lines() as lines:
        for number, make in enumerate(bad):
            publisher.submit(make(rng.choice(probes)))
            if number % GOOD_EVERY == 0:
                publisher.publish_run(rng.choice(probes), 1)
        for probe in probes:
            publisher.publish_run(probe, 1)
        line.settle(120)
        kept = f"FROM mqtt_message WHERE connection_id = {connection.id}"
        assert int(stack.sql(f"SELECT count(*) {kept}")[0][0]) <= 2 * KEPT, (
            "bounded while it is being written"
        )
        assert len(lines(connection.name)) < 10, lines(connection.name)
        assert len(lines("odoo.addons.fusion_")) < 50, lines()
    crons = line.admin.search_read("ir.cron", [["model_id.model", "=", "mqtt.message"]], ["id"])
    line.admin.call("ir.cron", "method_direct_trigger", [cron["id"] for cron in crons])
    until(lambda: int(stack.sql(f"SELECT count(*) {kept}")[0][0]) <= KEPT, 30, "the log is bounded")
    until(lambda: connection.worker().error_count == POISON, 5, "all are counted")
    assert connection.worker().state == "connected"
