"""Probes of several makes, without any fault: the ledger and the model agree with the database."""

from __future__ import annotations

import pytest

from fusion_cli.ledger.probe import MAKES


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_everything_that_is_published_is_a_reading_once(line, version):
    connection = line.connection(protocol_version=version)
    probes = [line.probe(connection, make) for make in MAKES]
    publisher = line.publisher()
    line.listening(publisher, probes)
    for probe in probes:
        publisher.publish_run(probe, 200)
    line.settle()
    assert line.stored() == 202 * len(probes)
    worker = connection.wait_for("connected")
    assert worker.error_count == 0
