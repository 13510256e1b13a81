"""What answers mean, and how long to wait after them."""

import json
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.queue.answers import Later, NotCovered, Reply, Taken, TooLarge, meaning
from fusion_iot_core.queue.backoff import LONGEST_S, Backoff
from fusion_iot_core.queue.client import iso, server_time

REJECTED = [{"index": 1, "device_serial": "x", "error": "invalid_value", "message": "no"}]


def reply(status, document, **headers):
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Reply(status, text, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("document", "rejected"),
    [
        ({"ok": True, "accepted": 2}, {}),
        ({"ok": True, "accepted": 0, "duplicates": 2}, {}),
        ({"ok": True, "accepted": 1, "rejected": REJECTED}, {1: ("invalid_value", "no")}),
    ],
)
def test_taken(document, rejected):
    assert meaning(reply(200, document), 2) == Taken(rejected)


def test_nothing_taken_and_every_reason_given():
    both = [{**REJECTED[0], "index": index, "error": "unknown_device"} for index in (0, 1)]
    document = {"ok": False, "error": "unknown_device", "message": "?", "rejected": both}
    assert meaning(reply(404, document), 2) == Taken(dict.fromkeys((0, 1), ("unknown_device", "no")))


def test_what_is_not_covered():
    foreign = [{**REJECTED[0], "error": "not_yours"}]
    document = {"ok": False, "error": "not_yours", "message": "?", "rejected": foreign}
    assert meaning(reply(403, document), 2) == NotCovered(frozenset({1}))
    for other in ({**document, "rejected": []}, {**document, "error": "address_not_allowed"}):
        assert meaning(reply(403, other), 2) == Later(ANY, stored_nothing=True)


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (200, b"<html>log in to the wireless network</html>"),
        (200, {"ok": True, "accepted": 1, "rejected": "all"}),
        (200, {"ok": True, "accepted": 1, "rejected": [{"index": 7}]}),
        (200, {"ok": True, "accepted": 1, "rejected": [{"index": True}]}),
        (200, {"jsonrpc": "2.0", "result": {"ok": True}}),
        (200, [1]),
        (200, b"[" * 100_000),
        (204, b""),
        (301, b""),
        (400, {"ok": False, "error": "invalid_json", "message": "?"}),
        (400, {"ok": False, "error": "invalid_value", "message": "?", "rejected": REJECTED}),
        (404, b"<h1>Not found</h1>"),
        (500, b"oops"),
        (502, b""),
    ],
)
def test_what_is_not_understood_is_tried_again(status, document):
    assert isinstance(meaning(reply(status, document), 2), Later)


@pytest.mark.parametrize(
    ("status", "word", "sure"),
    [
        (401, "invalid_signature", True),
        (401, "token_not_rotated", True),
        (415, "unsupported_media_type", True),
        (429, "too_many_requests", True),
        (503, "unavailable", False),
        (503, "token_unreadable", False),
        (504, "unavailable", False),
    ],
)
def test_only_the_server_itself_knows_that_nothing_was_stored(status, word, sure):
    result = meaning(reply(status, {"ok": False, "error": word, "message": "Say so."}), 2)
    assert isinstance(result, Later)
    assert result.stored_nothing is sure
    assert word in result.reason


def test_a_gateway_error_of_a_proxy_is_no_certainty():
    assert not meaning(reply(429, b"slow down"), 2).stored_nothing


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 5.0), ("", 0.0), ("soon", 0.0), ("-1", 0.0), ("9" * 9, 0.0)]
)
def test_retry_after(text, seconds):
    assert meaning(reply(503, {"ok": False, "error": "unavailable"}, retry_after=text), 1).after == seconds


def test_too_large():
    assert meaning(reply(413, b""), 5) == TooLarge()


@given(st.integers(100, 599), st.binary(max_size=200), st.integers(1, 10))
def test_any_answer_means_something(status, body, count):
    result = meaning(Reply(status, body), count)
    assert isinstance(result, (Taken, TooLarge, Later))
    assert not isinstance(result, Taken)


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_790_000_000_007, "2026-09-21T14:13:20.007Z"),
        (999, "1970-01-01T00:00:00.999Z"),
    ],
)
def test_times_as_text(at_ms, text):
    assert iso(at_ms) == text


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("Mon, 21 Sep 2026 14:13:20 GMT", 1_790_000_000_500),
        ("", None),
        ("yesterday", None),
        ("Mon, 99 Sep 2026 14:13:20 GMT", None),
    ],
)
def test_the_servers_time(date, told):
    assert server_time(Reply(200, b"", {"date": date})) == told


def test_pauses_grow_to_a_minute_and_spread():
    low, high = Backoff(lambda: 0.0), Backoff(lambda: 1.0)
    assert [low.next() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert [high.next() for _ in range(8)] == [1, 2, 4, 8, 16, 32, LONGEST_S, LONGEST_S]
    high.reset()
    assert high.next() == 1


def test_the_server_may_ask_for_more_but_not_for_ever():
    assert Backoff(lambda: 0.0).next(5.0) == 5.0
    assert Backoff(lambda: 1.0).next(5.0) == 5.5
    assert Backoff(lambda: 0.0).next(1e9) == 3600.0
