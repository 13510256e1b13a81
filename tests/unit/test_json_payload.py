"""Objects, numbers and names out of payloads that may be anything."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.protocol.parsers.json_payload import (
    NAMED_TWICE,
    Unreadable,
    json_number,
    json_text,
    load_object,
    text_number,
)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"{}", {}),
        (b' {"a": 1}\r\n', {"a": 1}),
        (b'{"a": 1}\0', {"a": 1}),  # the end of a C string
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"name": "K\xfcche", "a": 21.5}', {"name": "K\ufffdche", "a": 21.5}),
        (b'{"a": {"b": [1, null, true, "x"]}}', {"a": {"b": [1, None, True, "x"]}}),
        (b'{"a": 1, "b": 2, "a": 1}', {"a": NAMED_TWICE, "b": 2}),
        (b'{"a": Infinity}', {"a": math.inf}),
    ],
)
def test_objects(payload, expected):
    assert load_object(payload) == expected


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\0",
        b"on",
        b"[1]",
        b"1",
        b"null",
        b'"x"',
        b"{",
        b'{"a": 1}}',
        b"{'a': 1}",
        b'{"a": "\x01"}',
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_object(payload):
    reason = load_object(payload)
    assert isinstance(reason, Unreadable)
    assert reason.error == "invalid_json"
    assert reason.message.isprintable()


def test_a_number_of_very_many_digits_spoils_itself_only():
    document = load_object(b'{"a": ' + b"9" * 200_000 + b', "b": ' + b"1" * 30 + b', "c": 2}')
    assert isinstance(json_number(document["a"]), Unreadable)
    assert json_number(document["b"]) == pytest.approx(1.1111111e29)
    assert json_number(document["c"]) == 2.0


@pytest.mark.parametrize(("value", "number"), [(1, 1.0), (-2.5, -2.5), (0, 0.0), (1e300, 1e300)])
def test_numbers(value, number):
    assert json_number(value) == number


@pytest.mark.parametrize("value", [None, True, "1", [], {}, math.nan, math.inf, 10**400, NAMED_TWICE])
def test_what_is_no_number(value):
    reason = json_number(value)
    assert isinstance(reason, Unreadable)
    assert reason.error == "invalid_value"
    assert reason.problem("probe", "tank").message.startswith("tank: ")


@pytest.mark.parametrize(
    ("text", "number"),
    [(b"81.17", 81.17), (b" -3 \r\n", -3.0), (b"+.5", 0.5), (b"5.", 5.0), ("1e3", 1000.0), (b"7\0", 7.0)],
)
def test_numbers_in_text(text, number):
    assert text_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"-",
        b".",
        b"e5",
        b"nan",
        b"inf",
        b"-Infinity",
        b"1e999",
        b"1_000",
        b"0x1f",
        b"81,17",
        b"1 2",
        b"21.5 C",
        "٨١",
        b"\xff",
        b"9" * 100_000,
        b"5" + b" " * 200 + b"x",
        b"5\n6",
        b"true",
        b"null",
    ],
)
def test_text_that_is_no_number(text):
    reason = text_number(text)
    assert isinstance(reason, Unreadable)
    assert reason.error == "invalid_value"
    assert len(reason.message) < 600
    assert reason.message.isprintable()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" shellyplus1 ", "shellyplus1"),
        ("Küche", "Küche"),
        (7, ""),
        (None, ""),
        (["x"], ""),
        ("", ""),
        ("a\0b", ""),
        ("a\nb", ""),
        ("\ud800", ""),
        ("x" * 129, ""),
        ("x" * 128, "x" * 128),
    ],
)
def test_names(value, text):
    assert json_text(value) == text


@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda children: st.lists(children) | st.dictionaries(st.text(), children),
        max_leaves=20,
    ).map(lambda value: json.dumps(value).encode())
)
def test_nothing_raises(payload):
    document = load_object(payload)
    assert isinstance(document, dict | Unreadable)
    text_number(payload)
    if isinstance(document, dict):
        for value in document.values():
            json_number(value)
            json_text(value)


@pytest.mark.parametrize(
    ("spelt", "value"),
    [
        *((".5", 0.5), ("-.5", -0.5), ("5.", 5.0), ("+5.5", 5.5), ("+5", 5), ("5.e1", 50.0), ("+.5e1", 5.0)),
        *(("5.5,", 5.5), ("5.5 ,\n", 5.5)),
    ],
)
def test_numbers_as_other_languages_print_them(spelt, value):
    document = load_object(f'{{"b":"+5.,}}","a":[1,.5,],"temp":{spelt}}}'.encode())
    assert document == {"b": "+5.,}", "a": [1, 0.5], "temp": value}


@pytest.mark.parametrize("spelt", ["-", "+", "None", "undefined"])
def test_no_value_spoils_nothing_else(spelt):
    document = load_object(f'{{"temp":{spelt},"hum":44}}'.encode())
    assert math.isnan(document["temp"])
    assert document["hum"] == 44


@pytest.mark.parametrize("spelt", ["5..", "007", "1,,2", "--5", "5 5", "x", "0x1f", "+-5", "Nonesuch"])
def test_what_is_no_number_is_not_made_one(spelt):
    assert isinstance(load_object(f'{{"temp":{spelt}}}'.encode()), Unreadable)
