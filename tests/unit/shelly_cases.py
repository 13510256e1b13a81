"""How the tests of the Shelly parsers write down what a person reads in a message."""

import sys
from datetime import datetime, timezone

import pytest
from hypothesis import strategies as st

from fusion_iot_core.protocol.parsers import DEFAULT_SETTINGS, PARSERS, Message, Parsed
from fusion_iot_core.protocol.quality import Quality

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)

HOSTILE_JSON = (
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"params":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b"9" * 200_000,
    b'{"method":"NotifyStatus","params":{"ts":' + b"9" * 200_000 + b"}}",
    b'"' + b"\\u0000" * 30_000 + b'"',
    b"{" + b",".join(b'"switch:%d":{"apower":1}' % n for n in range(8_000)) + b"}",
    b'{"src":"x","method":"NotifyStatus","params":{'
    + b",".join(b'"temperature:%d":{"tC":null}' % n for n in range(7_000))
    + b"}}",
    b'{"src":"x","method":"NotifyStatus","params":{"switch:0":{'
    + b",".join(b'"apower":%d' % n for n in range(14_000))
    + b"}}}",
    b'{"method":"NotifyStatus","params":{"temperature:0":{"errors":[' + b'"read",' * 25_000 + b'"read"]}}}',
    b"{" + b",".join(b'"%d":{"hwID":"x","tC":20}' % n for n in range(7_000)) + b"}",
    b'{"id":1e999,"src":"\xff\xfe","method":["NotifyStatus"],"params":{"ts":true}}',
    b'{"method":{},"result":[],"src":7,"id":{}}',
    b"\x00" * 200_000,
    b" " * 200_000,
)


def read(parser: str, topic: str, payload: bytes | str, *, retained: bool = False) -> Parsed:
    """Have the named parser read a message."""
    raw = payload if isinstance(payload, bytes) else payload.encode()
    return PARSERS[parser].read(Message(topic, raw, NOW, retained), DEFAULT_SETTINGS)


def measures(parsed: Parsed, *expected: str) -> None:
    """Check that these are the measurements of a message, in any order, and that there are no others.

    Each is ``channel quantity value unit``; the channel ``-`` is the device itself, the value ``bad`` a fault.
    """
    found = sorted(
        (item.channel or "-", item.quantity, item.unit, item.quality, item.value)
        for item in parsed.measurements
    )
    wanted = sorted(_written(line) for line in expected)
    assert [item[:4] for item in found] == [item[:4] for item in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one[4] == (None if other[4] is None else pytest.approx(other[4], rel=1e-9)), one


def _written(line: str) -> tuple[str, str, str, Quality, float | None]:
    channel, quantity, value, *unit = line.split(" ")
    if value == "bad":
        return channel, quantity, " ".join(unit), Quality.BAD, None
    return channel, quantity, " ".join(unit), Quality.GOOD, float(value)


def instant(seconds: float) -> datetime:
    """A device's time."""
    return datetime.fromtimestamp(seconds, timezone.utc)


def calls(parser: str, topic: str, payload: bytes) -> int:
    """How many functions are called to read a message: a measure of the work that no other process disturbs."""
    count = 0

    def tick(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        read(parser, topic, payload)
    finally:
        sys.setprofile(before)
    return count


def damaged(payloads: list[bytes]) -> st.SearchStrategy[bytes]:
    """Real payloads with a piece cut out, replaced or doubled somewhere."""

    def damage(payload: bytes, start: int, length: int, piece: bytes) -> bytes:
        start %= len(payload) + 1
        return payload[:start] + piece + payload[start + length :]

    pieces = st.binary(max_size=6) | st.sampled_from(
        [b"null", b"true", b"[]", b"{}", b'"x"', b"NaN", b"-Infinity", b"1e999", b"-127", b"999", b'"', b"}"]
    )
    return st.builds(damage, st.sampled_from(payloads), st.integers(0, 10_000), st.integers(0, 12), pieces)


_LEVELS = [
    "shellies",
    "events",
    "rpc",
    "status",
    "online",
    "announce",
    "info",
    "relay",
    "emeter",
    "sensor",
    "ext_temperature",
    "ext_temperatures",
    "0",
    "power",
    "temperature",
    "switch:0",
    "em:0",
    "x",
]
topics = st.lists(st.sampled_from(["", *_LEVELS]) | st.text(max_size=8), max_size=7).map("/".join)
