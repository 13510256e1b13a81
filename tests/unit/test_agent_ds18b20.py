"""What a `w1_slave` file says, and when it is not believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.probe.ds18b20 import Ds18b20, ProbeError, ProbeGone, is_serial, parse
from fusion_iot_core.probe.simulate import SERIALS, SimulatedBus, w1_slave

GOOD = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n"
POWER_ON = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"
HOT = w1_slave(84.9375)


def test_the_kernels_example():
    assert parse(GOOD) == 23.125


@pytest.mark.parametrize("celsius", [-55.0, -0.0625, 0.0, 0.0625, 85.0, 125.0])
def test_round_trip(celsius):
    assert parse(w1_slave(celsius)) == pytest.approx(celsius, abs=0.001)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no answer"),
        ("\n", "no answer"),
        (GOOD.splitlines()[0], "no answer"),
        (GOOD.replace("YES", "NO"), "by the kernel"),
        (GOOD.replace("72 01", "73 01"), "wrong CRC"),
        (GOOD.replace("crc=57", "crc=58"), "wrong CRC"),
        ("00 " * 9 + ": crc=00 YES\n" + "00 " * 9 + "t=0\n", "short circuit"),
        ("ff " * 9 + ": crc=c9 NO\n" + "ff " * 9 + "t=-62\n", "by the kernel"),
        (GOOD.replace("t=23125", "t="), "not what the kernel writes"),
        (GOOD.replace("t=23125", "t=9999999"), "not what the kernel writes"),
        ("hello\nworld\n", "not what the kernel writes"),
    ],
)
def test_what_is_no_temperature(text, reason):
    with pytest.raises(ProbeError, match=reason):
        parse(text)


@given(st.text())
def test_junk_is_a_probe_error(text):
    with pytest.raises(ProbeError):
        parse(text)


@given(st.floats(-55, 125), st.integers(0, 71))
def test_a_flipped_bit_is_never_a_temperature(celsius, bit):
    first, second = w1_slave(celsius).splitlines()
    scratchpad = bytearray.fromhex(first[:26])
    scratchpad[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProbeError):
        parse(f"{scratchpad.hex(' ')}{first[26:]}\n{second}\n")


@pytest.mark.parametrize(
    ("name", "probe"),
    [
        ("28-0123456789ab", True),
        ("28-0123456789AB", False),
        ("w1_bus_master1", False),
        ("10-0123456789ab", False),
        ("28-0123456789abc", False),
        ("28-0123456789ab\n", False),
    ],
)
def test_serials(name, probe):
    assert is_serial(name) is probe


class Probe:
    """A probe whose kernel file has these texts, one after the other."""

    def __init__(self, *texts):
        self.texts = list(texts)
        self.now = 0.0
        self.probe = Ds18b20(self._read, lambda: self.now)

    def _read(self):
        text = self.texts.pop(0)
        if isinstance(text, Exception):
            raise text
        return text

    def measure(self, after=10.0):
        self.now += after
        return self.probe.measure()


def test_an_error_is_tried_again():
    assert Probe(OSError(5, "Input/output error"), GOOD.replace("YES", "NO"), GOOD).measure() == 23.125


def test_three_errors_are_an_error():
    probe = Probe("", "", OSError(5, "Input/output error"), GOOD)
    with pytest.raises(ProbeError, match="Input/output error"):
        probe.measure()
    assert probe.measure() == 23.125


def test_a_probe_that_is_gone_is_not_tried_again():
    probe = Probe(ProbeGone("x"), GOOD)
    with pytest.raises(ProbeGone):
        probe.measure()
    assert len(probe.texts) == 1


def test_power_on_is_measured_again():
    assert Probe(POWER_ON, GOOD).measure() == 23.125


def test_a_bath_that_is_at_85_is_believed():
    probe = Probe(POWER_ON, POWER_ON, HOT, POWER_ON)
    assert [probe.measure() for _ in range(3)] == [85.0, 84.937, 85.0]
    assert probe.texts == []


def test_an_impossible_step_to_85_is_measured_again():
    probe = Probe(GOOD, POWER_ON, GOOD)
    assert [probe.measure() for _ in range(2)] == [23.125, 23.125]


def test_a_slow_way_to_85_is_not():
    probe = Probe(GOOD, POWER_ON)
    probe.measure()
    assert probe.measure(after=60.0) == 85.0


def test_power_on_and_then_nothing_is_an_error():
    with pytest.raises(ProbeError):
        Probe(POWER_ON, "", "").measure()


def test_after_an_error_85_is_doubted_again():
    probe = Probe(HOT, "", "", "", POWER_ON, GOOD)
    probe.measure()
    with pytest.raises(ProbeError):
        probe.measure()
    assert probe.measure() == 23.125


def test_the_simulated_bus_reads_as_a_bus_does():
    now = [0.0]
    bus = SimulatedBus(errors=0.0, monotonic=lambda: now[0])
    assert bus.serials() == sorted(SERIALS)
    for second in range(0, 600, 10):
        now[0] = second
        assert all(10 < parse(bus.read(serial)) < 90 for serial in bus.serials())
