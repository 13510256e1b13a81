"""Webhooks: where they may go, how they are signed, and what each receiver gets."""

import base64
import json
import subprocess
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.notify import signing
from fusion_iot_core.notify.destination import Unusable, check_address, checked_url
from fusion_iot_core.notify.formats import FORMATS, LONGEST_TEXT, Access, Note, post

AT = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)
NOTE = Note(
    key="msg_1",
    event="raised",
    title="2 alerts, 1 critical",
    lines=("Tank 1: too hot", "Probe 7: silent"),
    more="and 3 more",
    severity="critical",
    url="https://odoo.example/odoo/alerts",
    open_label="Open",
    alerts=({"id": 1, "severity": "critical"},),
    count=5,
    at=AT,
)


def sent(form, note=NOTE, **access):
    made = post(form, note, Access(**{"url": "https://hooks.example/x", **access}), AT)
    return made, json.loads(made.body)


def openssl(key, signed):
    """The signature as another program makes it."""
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"]
    return subprocess.run(command, input=signed, capture_output=True, check=True).stdout


def test_the_example_of_the_specification():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = signing.headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_another_program_makes_the_same_signature():
    secret = signing.new_secret()
    made, _ = sent("generic", secret=secret)
    signed = b".".join(
        [made.headers["webhook-id"].encode(), made.headers["webhook-timestamp"].encode(), made.body]
    )
    version, _, signature = made.headers["webhook-signature"].partition(",")
    assert version == "v1"
    assert base64.b64decode(signature) == openssl(base64.b64decode(secret.removeprefix("whsec_")), signed)
    assert made.headers["webhook-id"] == made.headers["Idempotency-Key"] == "msg_1"
    assert made.headers["webhook-timestamp"] == str(int(AT.timestamp()))


def test_an_attempt_has_its_own_time_and_the_same_id():
    secret = signing.new_secret()
    first, second = (signing.headers(secret, "msg_1", at, b"x") for at in (1, 2))
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]


@pytest.mark.parametrize(
    "secret", ["whsec_", "short", "whsec_AAAA", "ä" * 40, "A" * 200, "not base64 at all!!"]
)
def test_what_is_no_secret(secret):
    with pytest.raises(ValueError):
        signing.key_of(secret)


def test_generic():
    made, content = sent("generic", token="abc")
    assert made.url == "https://hooks.example/x"
    assert made.headers["Authorization"] == "Bearer abc"
    assert (content["type"], content["timestamp"]) == ("alert.raised", "2026-03-02T12:00:00Z")
    assert content["data"]["alerts"] == [{"id": 1, "severity": "critical"}]
    assert content["data"]["count"] == 5
    assert "webhook-signature" not in made.headers, "nothing to sign with"


def test_ntfy():
    made, content = sent("ntfy", url="https://ntfy.example/sub/shop/", token="tk_1")
    assert made.url == "https://ntfy.example/sub/"
    assert content["topic"] == "shop"
    assert (content["priority"], content["tags"]) == (5, ["rotating_light"])
    assert content["message"] == "Tank 1: too hot\nProbe 7: silent\nand 3 more"
    assert content["click"] == NOTE.url
    assert made.headers["Authorization"] == "Bearer tk_1"


def test_telegram():
    made, content = sent("telegram", url="https://api.telegram.org/", token="12:ab", chat="-100")
    assert made.url == "https://api.telegram.org/bot12:ab/sendMessage"
    assert content["chat_id"] == "-100"
    assert content["text"].startswith("2 alerts, 1 critical\nTank 1: too hot\n")
    assert content["disable_notification"] is False
    assert "Authorization" not in made.headers


def test_teams():
    _, content = sent("teams")
    card = content["attachments"][0]["content"]
    assert content["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [block["text"] for block in card["body"]] == [NOTE.title, *NOTE.lines, NOTE.more]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open", "url": NOTE.url}]


@given(st.sampled_from(sorted(FORMATS)), st.lists(st.text(max_size=400), max_size=40), st.text(max_size=200))
def test_any_text_becomes_json_of_bounded_size(form, lines, more):
    lines = [line.encode(errors="ignore").decode() for line in lines]
    note = replace(NOTE, lines=tuple(lines), more=more.encode(errors="ignore").decode())
    made, _ = sent(form, note)
    assert len(note.text.encode()) <= LONGEST_TEXT + 3
    assert json.loads(made.body)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://hooks.example", "scheme"),
        ("hooks.example/x", "scheme"),
        ("http://hooks.example", "http"),
        ("https://", "host"),
        ("https://a b/", "host"),
        ("https://a/x\ny", "host"),
        ("https://a:99999/", "host"),
        ("https://me:secret@hooks.example/", "login"),
        ("https://hooks.example/#x", "fragment"),
    ],
)
def test_what_is_no_address(url, reason):
    with pytest.raises(Unusable) as raised:
        checked_url(url)
    assert raised.value.reason == reason


def test_without_encryption_only_where_that_is_wanted():
    assert checked_url("http://10.0.0.5:8080/x", allow_http=True).port == 8080
    assert checked_url("https://hooks.example/x?y").hostname == "hooks.example"


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1%eth0",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
        "240.0.0.1",
        "::ffff:169.254.169.254",
    ],
)
def test_where_nobody_is(address):
    with pytest.raises(Unusable):
        check_address(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "fd00::1", "::1", "8.8.8.8", "2a00::1", "64:ff9b::808:808"],
)
def test_private_addresses_are_allowed(address):
    check_address(address)
