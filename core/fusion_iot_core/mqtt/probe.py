"""Trying a connection out, for the button of the form."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .link import Link
from .spec import MqttSpec
from .trouble import describe

LISTEN_S = 1.0
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class TestResult:
    """How a trial went.

    :ivar seconds: how long it took
    :ivar message: in words: what was reached, or what went wrong and what to do
    :ivar messages: messages that came while it listened
    """

    ok: bool
    seconds: float
    message: str
    messages: int = 0


def test_connection(spec: MqttSpec, filters: Sequence[str]) -> TestResult:
    """Connect as a client of its own, subscribe, listen for a moment, and leave without a trace.

    A session of its own, so that neither the running connection nor its messages are touched. Takes
    some ten seconds at most, where nothing answers.
    """
    trial = replace(
        spec, client_id=f"{spec.client_id[:50]}-test-{time.time_ns() % 10**6}", clean_session=True
    )
    began = time.monotonic()
    received = [0]

    def count(_message: object) -> None:
        received[0] += 1

    try:
        link = Link(trial, count, patience=PATIENCE_S)
        try:
            link.open()
            connected = time.monotonic() - began
            link.subscribe(filters)
            until = time.monotonic() + LISTEN_S
            while (left := until - time.monotonic()) > 0 and received[0] < 1000:
                link.pump(left)
        finally:
            link.close()
    except Exception as error:  # noqa: BLE001 - whatever it is, the person is told
        seconds = time.monotonic() - began
        return TestResult(False, seconds, describe(error, spec).message)
    return TestResult(
        True,
        connected,
        f"Connected to {spec.host}:{spec.port}"
        + (f" and subscribed to {', '.join(filters)}" if filters else "")
        + f"; {received[0]} messages within {LISTEN_S:.0f} s.",
        received[0],
    )
