"""The vocabulary: numbers, times, units, serials, fault values."""

import contextlib
import json
import math
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fusion_iot_core.protocol import (
    MAX_READINGS,
    QUANTITIES,
    SOURCES,
    BadBody,
    IngestBatch,
    Measurement,
    TimeSource,
    UnitError,
    ValueProblem,
    convert,
    crc8,
    normalise_serial,
    parse_number,
    parse_time,
    read_json_readings,
    settle_time,
    sign,
    signature_valid,
    units_for,
)
from fusion_iot_core.protocol.serials import DS18B20_FAMILY, is_rom, rom_in

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
# own bytes whose checksum is the same in either order
OWN_OF_TWO = bytes.fromhex("1300001b0a00")
TWO_PROBES = "28-1300001b0a00-70"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 10**400, "87.3", True, None, [], {}, [87.3]]
)
def test_what_is_not_a_finite_number_is_refused(value):
    with pytest.raises(ValueProblem):
        parse_number(value)


@given(json_values)
def test_a_number_is_finite_or_refused(value):
    with contextlib.suppress(ValueProblem):
        assert math.isfinite(parse_number(value))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T12:00:00Z", NOW),
        ("2026-11-20T12:00:00", NOW),
        ("2026-11-20T13:00:00+01:00", NOW),
        ("2026-11-20 12:00:00", NOW),
        (NOW.timestamp(), NOW),
        (int(NOW.timestamp()), NOW),
        (1e300, None),
        (10**400, None),
        # finer than seconds: JavaScript, Telegraf, Sparkplug; a clock of 1970 stays one
        (int(NOW.timestamp()) * 1_000, NOW),
        (NOW.timestamp() * 1e6, NOW),
        (int(NOW.timestamp()) * 1_000_000_000, NOW),
        (1_648_731_311, datetime(2022, 3, 31, 12, 55, 11, tzinfo=timezone.utc)),
        (1_899, datetime(1970, 1, 1, 0, 31, 39, tzinfo=timezone.utc)),
        (99_999_999_999, datetime(5138, 11, 16, 9, 46, 39, tzinfo=timezone.utc)),
        (1e21, None),
    ],
)
def test_times_are_read(text, expected):
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "junk", ["", "yesterday", "12:00", True, None, [], {}, math.nan, math.inf, "9" * 50, "\0"]
)
def test_what_is_not_a_time_is_refused(junk):
    with pytest.raises(ValueError):
        parse_time(junk)


@given(json_values)
def test_reading_a_time_raises_nothing_else(value):
    with contextlib.suppress(ValueError):
        parse_time(value)


@pytest.mark.parametrize(
    ("at", "source"),
    [
        (None, TimeSource.RECEIVED),
        (NOW - timedelta(days=400), TimeSource.DEVICE),
        (NOW + timedelta(minutes=5), TimeSource.DEVICE),
        (NOW + timedelta(minutes=5, seconds=1), TimeSource.REPLACED),
        (datetime(1970, 1, 1, tzinfo=timezone.utc), TimeSource.REPLACED),
        (datetime(2099, 1, 1, tzinfo=timezone.utc), TimeSource.REPLACED),
    ],
)
def test_an_impossible_device_time_is_replaced_and_marked(at, source):
    moment, kind = settle_time(at, NOW)
    assert kind is source
    assert moment == (at if source is TimeSource.DEVICE else NOW)


def test_units_convert_both_ways():
    assert convert(185.0, "°F", "°C") == 85.0
    assert convert(85.0, "°C", "°F") == 185.0
    assert convert(120.0, "Wmin", "Wh") == pytest.approx(2.0)
    assert convert(1.0, "kWh", "Wh") == 1000.0
    assert convert(7.0, "", "pH") == 7.0
    with pytest.raises(UnitError):
        convert(1.0, "°F", "pH")


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_unit_of_a_quantity_converts_to_its_own(quantity):
    base = QUANTITIES[quantity].unit
    for unit in units_for(quantity):
        assert convert(convert(12.5, unit, base), base, unit) == pytest.approx(12.5)


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("28-0000048EC44C", "28-0000048ec44c"),
        ("40:255:100:6:199:204:149:177", "28-95ccc70664ff"),
        ("28ff6406c7cc95b1", "28-95ccc70664ff"),
        ("B195CCC70664FF28", "28-95ccc70664ff"),
        (" 28-test000001 ", "28-test000001"),
        # any separators, in the order of the wire and turned round
        ("28:02:2C:1B:0A:00:00:6F", "28-00000a1b2c02"),
        ("28 02 2C 1B 0A 00 00 6F", "28-00000a1b2c02"),
        ("28-02-2c-1b-0a-00-00-6f", "28-00000a1b2c02"),
        ("28.022C1B0A0000.6F", "28-00000a1b2c02"),
        ("6F 00 00 0A 1B 2C 02 28", "28-00000a1b2c02"),
        ("{0x28, 0x02, 0x2C, 0x1B, 0x0A, 0x00, 0x00, 0x6F}", "28-00000a1b2c02"),
        ("28_00000A1B2C02", "28-00000a1b2c02"),
        ("28-00000a1b2c02-6f", "28-00000a1b2c02"),
        # as ESPHome, Arduino sketches and HeishaMon printed them
        ("0x6f00000a1b2c0228", "28-00000a1b2c02"),
        ("0x7f031865bbe0ff28", "28-031865bbe0ff"),
        ("0xf400000400c49b28", "28-00000400c49b"),
        ("0x2870F5E0161301C7", "28-011316e0f570"),
        ("28aadd79a200035f", "28-0300a279ddaa"),
        ("28FFDAE770170468", "28-041770e7daff"),
        # a wrong checksum, another family, too few bytes, an address of something else
        ("28:02:2C:1B:0A:00:00:70", "28:02:2C:1B:0A:00:00:70"),
        ("0x6f00000a1b2c0229", "0x6f00000a1b2c0229"),
        ("28.022C1B0A0000", "28.022C1B0A0000"),
        ("28 022C1B0A0000", "28 022C1B0A0000"),
        ("28:022C1B0A0000", "28:022C1B0A0000"),
        # two probes fit: in the order of the wire, and as Linux has it with the checksum behind
        (TWO_PROBES, TWO_PROBES),
        ("00000a1b2c02", "00000a1b2c02"),
        ("28:6D:97:12:34:56", "28:6D:97:12:34:56"),
        ("0x00158d0002e34108", "0x00158d0002e34108"),
        ("PH-EN-01", "PH-EN-01"),
        ("40:255:100:6:199:204:149:178", "40:255:100:6:199:204:149:178"),
        ("999:1:1:1:1:1:1:1", "999:1:1:1:1:1:1:1"),
    ],
)
def test_rom_codes_take_the_linux_form(printed, normal):
    assert normalise_serial(printed) == normal


@given(st.binary(min_size=6, max_size=6))
@example(OWN_OF_TWO)
@example(OWN_OF_TWO[::-1])
def test_every_notation_of_a_probe_is_that_probe(own):
    """Whatever printed it; but where two probes could be meant, none of them is."""
    rom = bytes([0x28]) + own
    rom += bytes([crc8(rom)])
    serial = f"28-{own[::-1].hex()}"
    notations = [
        rom.hex(),
        rom.hex(":").upper(),
        rom.hex(" "),
        rom[::-1].hex(),
        f"0x{rom[::-1].hex()}",
        f"0X{rom.hex()}",
    ]
    notations.append(", ".join(f"0x{byte:02x}" for byte in rom))
    wire = [f"28{mark}{own.hex()}{mark}{rom[7]:02x}" for mark in "-_."]
    linux = [
        serial,
        f"28_{serial[3:]}",
        *(f"{serial}{mark}{rom[7]:02x}" for mark in ("-", "_", ".", " ", "")),
    ]
    for notation in (*notations, *wire, *linux):
        assert not is_rom(normalise_serial(notation)) or normalise_serial(notation) == serial
        assert rom_in(f"bath {notation}") in (serial, "")
    assert normalise_serial(linux[0]) == normalise_serial(linux[1]) == serial
    found = {normalise_serial(notation) for notation in notations}
    if rom[7] != DS18B20_FAMILY:
        assert found == {serial}


@pytest.mark.parametrize(
    ("name", "serial"),
    [
        ("bath_28-00000A1B2C02", "28-00000a1b2c02"),
        ("dallas_0x6f00000a1b2c0228", "28-00000a1b2c02"),
        ("28-00000a1b2c02", "28-00000a1b2c02"),
        ("28-00000a1b2c02 28-0000048ec44c", ""),
        ("0x28022c1b0a00006f28022c1b0a00006f", ""),
        ("bath", ""),
        ("", ""),
    ],
)
def test_a_rom_in_a_name(name, serial):
    assert rom_in(name) == serial


@given(st.text())
def test_normalising_is_stable(serial):
    once = normalise_serial(serial)
    assert normalise_serial(once) == once


def test_crc_of_the_application_note():
    assert crc8(bytes.fromhex("021CB801000000")) == 0xA2


@given(json_values)
def test_no_body_makes_the_reader_fall(document):
    with contextlib.suppress(BadBody):
        result = read_json_readings(document)
        assert len(result.measurements) == len(result.indexes)
        assert all(math.isfinite(item.value) for item in result.measurements)


def test_one_bad_reading_does_not_spoil_the_others():
    document = json.loads(
        '{"readings": [{"device_serial": "a", "value": 1}, {"device_serial": "a", "value": NaN},'
        ' {"value": 1}, {"device_serial": "a"}, {"device_serial": "a", "value": 2, "read_at": "x"}, 7,'
        ' {"device_serial": "b\\u0000", "value": 1}, {"device_serial": "", "value": 1},'
        ' {"device_serial": 5, "value": 1}, {"device_serial": "b", "value": 2}]}'
    )
    result = read_json_readings(document)
    assert result.indexes == [0, 9]
    assert [(item.index, item.error) for item in result.rejected] == [
        (1, "invalid_value"),
        (2, "missing_field"),
        (3, "missing_field"),
        (4, "invalid_time"),
        (5, "invalid_body"),
        (6, "invalid_value"),
        (7, "missing_field"),
        (8, "invalid_value"),
    ]


@pytest.mark.parametrize("count", [0, MAX_READINGS + 1])
def test_a_batch_has_one_to_ten_thousand_readings(count):
    with pytest.raises(BadBody):
        read_json_readings({"readings": [{"device_serial": "a", "value": 1}] * count})
    assert (
        len(read_json_readings({"readings": [{"device_serial": "a", "value": 1}] * MAX_READINGS}).indexes)
        == 10_000
    )


def test_times_that_cannot_be_are_counted():
    """A gateway that sends its backlog with the clock of 1970: nobody would know that it all came to lie on now."""
    at = [None, NOW, NOW + timedelta(days=1), datetime(1970, 1, 1), None, NOW.replace(tzinfo=None)]
    items = [Measurement("a", 1.0, at=one, impossible_time=number == 4) for number, one in enumerate(at)]
    batch = IngestBatch(items, SOURCES["http"], NOW)
    batch.accept(0, 1, 2, 3, 4)
    assert batch.report().replaced == 3


def test_a_signature_holds_for_its_body_and_five_minutes():
    body, now = b'{"value": 1}', 1_800_000_000
    signature = sign("secret", now, body)
    assert signature_valid("secret", str(now), signature, body, now + 300)
    assert not signature_valid("secret", str(now), signature, body, now + 301)
    assert not signature_valid("secret", str(now), signature, body + b" ", now)
    assert not signature_valid("other", str(now), signature, body, now)
    assert not signature_valid("secret", str(now + 1), signature, body, now)
    assert not signature_valid("secret", "²", signature, body, now)
    assert not signature_valid("secret", str(now), "sha256=ü", body, now)


def test_every_measurement_of_a_batch_gets_a_verdict():
    batch = IngestBatch([Measurement(device=name, value=1.0) for name in "abcd"], SOURCES["http"], NOW)
    batch.accept(0)
    batch.duplicate(1)
    batch.reject(2, "invalid_value", "no")
    assert [index for index, _item in batch.unclaimed()] == [3]
    report = batch.report()
    assert (report.accepted, report.duplicates) == (1, 1)
    assert [(item.index, item.error) for item in report.rejected] == [
        (2, "invalid_value"),
        (3, "unknown_device"),
    ]
    assert [item.device for item in report.unknown] == ["d"]
