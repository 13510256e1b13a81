"""Messages that come twice, too late or in another order than they were measured."""

from __future__ import annotations

import random

from fusion_cli.ledger.entry import EXCURSION, is_out
from fusion_cli.ledger.probe import WITH_TIME

COUNT = 240
SHUFFLED = 4
"""A message is overtaken by those of the next few seconds; excursions are further apart."""


def test_messages_sent_again_count_once(line):
    connection = line.connection()
    probes = [line.probe(connection, make) for make in WITH_TIME]
    publisher = line.publisher()
    line.listening(publisher, probes)
    rng = random.Random(7)
    for probe in probes:
        publisher.publish_run(probe, COUNT)
        for entry in rng.choices(line.ledger.of(probe), k=COUNT):
            publisher.submit(entry)
        line.wait_until_stored()
        for entry in rng.choices(line.ledger.of(probe), k=20):
            publisher.submit(entry)
    line.settle()
    assert sum(entry.sent for entry in line.ledger.entries) > 2 * COUNT * len(probes)


def test_messages_in_another_order_lead_to_the_same_holds(line):
    connection = line.connection(batch_size=10)
    probes = [line.probe(connection, make) for make in WITH_TIME]
    publisher = line.publisher()
    line.listening(publisher, probes)
    rng = random.Random(11)
    for probe in probes:
        publisher.publish_run(probe, EXCURSION)
    turns = sorted(range(EXCURSION + 1, COUNT), key=lambda turn: turn + rng.uniform(0, SHUFFLED))
    for turn in turns:
        for probe in probes:
            publisher.publish(probe, out=is_out(turn), late=turn)
    for probe in probes:
        publisher.publish_run(probe, 2 * EXCURSION)
    line.settle()


def test_what_a_device_kept_for_later_is_judged_too(line):
    """A gateway delivers two days of readings after it has been live again for a while."""
    connection = line.connection(batch_size=50)
    probes = [line.probe(connection, make) for make in WITH_TIME]
    publisher = line.publisher()
    line.listening(publisher, probes)
    for probe in probes:
        for turn in range(1, COUNT):
            publisher.publish(probe, late=turn)
    line.wait_until_stored()
    line.check()
    for probe in probes:
        for turn in range(-COUNT, 0):
            publisher.publish(probe, out=is_out(turn), late=turn)
    line.settle()
