"""What a relay says of the power behind it."""

import json
from datetime import datetime, timedelta

import pytest

from fusion_iot_core.protocol.parsers import Message, read
from fusion_iot_core.protocol.switching import Switching
from tests.unit.message_cases import NOW


class Line:
    """Messages of one device, some seconds apart, and the power that they come to mean."""

    def __init__(self, *meters: str) -> None:
        self.switching = Switching()
        self.switching.know("x", meters)
        self.at: datetime = NOW

    def say(self, topic: str, payload: str, after: float = 60.0, retained: bool = False) -> list[str]:
        """The power in a message that comes ``after`` so many seconds."""
        self.at += timedelta(seconds=after)
        parsed = read(Message(topic, payload.encode(), self.at, retained))
        measured = self.switching.follow("x", parsed.measurements, parsed, self.at)
        return [f"{item.channel or '-'} {item.value:g}" for item in measured if item.quantity == "power"]


def test_the_relay_of_a_plug():
    """Tasmota issue 7050: the next telemetry comes five minutes after the relay."""
    line = Line()
    assert line.say("tele/x/SENSOR", '{"ENERGY":{"Power":954,"Total":1.2}}') == ["ENERGY 954"]
    assert line.say("stat/x/RESULT", '{"POWER":"OFF"}', 14) == ["ENERGY 0"]
    assert line.say("stat/x/POWER", "OFF", 0) == []
    assert line.say("tele/x/STATE", '{"POWER":"OFF"}') == []
    assert line.say("tele/x/SENSOR", '{"ENERGY":{"Power":0}}') == ["ENERGY 0"]
    assert line.say("stat/x/POWER", "ON") == []
    assert line.say("tele/x/SENSOR", '{"ENERGY":{"Power":950}}') == ["ENERGY 950"]
    assert line.say("stat/x/POWER", "OFF") == ["ENERGY 0"]


def test_a_relay_without_a_meter_measures_nothing():
    line = Line()
    for topic, payload in (
        ("stat/x/POWER", "OFF"),
        ("zigbee2mqtt/x", '{"state":"OFF","brightness":5}'),
        ("shellies/x/relay/0", "off"),
        ("shellyplus1-x/status/switch:0", '{"id":0,"output":false}'),
        ("tele/x/SENSOR", '{"lamp":{"Device":"0xDC9C","Power":0}}'),
    ):
        assert line.say(topic, payload) == []


def test_on_is_no_measurement():
    line = Line("", "ENERGY", "relay:0", "switch:0")
    for topic, payload in (
        ("stat/x/POWER", "ON"),
        ("zigbee2mqtt/x/state", "ON"),
        ("shellies/x/relay/0", "on"),
        ("shellyplus1pm-x/status/switch:0", '{"id":0,"output":true}'),
    ):
        assert line.say(topic, payload) == []


@pytest.mark.parametrize(
    ("meter", "topic", "payload"),
    [
        ("ENERGY", "stat/x/POWER", "OFF"),
        ("ENERGY", "tele/x/STATE", '{"POWER":"OFF"}'),
        ("ENERGY", "tele/x/STATE", '{"POWER1":"OFF"}'),
        ("ENERGY", "stat/x/STATUS11", '{"StatusSTS":{"POWER":"OFF"}}'),
        ("ENERGY.2", "stat/x/POWER2", "OFF"),
        ("", "zigbee2mqtt/x/state", "OFF"),
        ("", "zigbee2mqtt/x", '{"state":"OFF"}'),
        ("l2", "zigbee2mqtt/x", '{"state_l1":"ON","state_l2":"OFF"}'),
        ("relay:1", "shellies/x/relay/1", "off"),
        ("white:0", "shellies/x/white/0/status", '{"ison":false,"brightness":5}'),
        ("switch:0", "shellyplus1pm-x/status/switch:0", '{"id":0,"output":false}'),
        ("mi_plug1", "tele/x/SENSOR", '{"mi_plug1":{"Device":"0xDC9C","Name":"mi_plug1","Power":0}}'),
    ],
)
def test_a_meter_that_is_known_from_before(meter, topic, payload):
    assert Line(meter).say(topic, payload) == [f"{meter or '-'} 0"]
    assert Line("other").say(topic, payload) == []
    assert Line(meter).say(topic, payload, retained=True) == []


def test_each_relay_has_its_own_meter():
    line = Line()
    assert line.say("tele/x/SENSOR", '{"ENERGY":{"Power":[100,200]}}') == [
        "ENERGY.1 100",
        "ENERGY.2 200",
        "ENERGY 300",
    ]
    assert line.say("stat/x/POWER2", "OFF") == ["ENERGY.2 0"]
    # which of the three phases a single relay switches nobody knows
    assert line.say("stat/x/POWER", "OFF") == []


def test_one_meter_behind_several_relays():
    line = Line("ENERGY")
    assert line.say("stat/x/POWER1", "OFF") == []
    assert line.say("tele/x/STATE", '{"POWER1":"OFF","POWER2":"ON"}') == []
    assert line.say("stat/x/POWER2", "OFF") == ["ENERGY 0"]
    assert line.say("stat/x/POWER2", "ON") == []
    assert line.say("stat/x/POWER2", "OFF") == ["ENERGY 0"]


def test_a_relay_beside_an_energy_meter():
    """Shelly EM and 3EM: what the relay switches is not what the clamps measure (ha-shellies-discovery issue 20)."""
    line = Line("emeter:0", "emeter:1")
    assert line.say("shellies/x/emeter/0/power", "154.38") == ["emeter:0 154.38"]
    assert line.say("shellies/x/relay/0", "off") == []


def test_a_meter_that_measures_something_else():
    """A meter on the rail, read by a Tasmota whose relay switches a lamp: power goes on while the relay is off."""
    line = Line("ENERGY")
    assert line.say("tele/x/STATE", '{"POWER":"OFF"}') == ["ENERGY 0"]
    assert line.say("tele/x/SENSOR", '{"ENERGY":{"Power":2000}}') == ["ENERGY 2000"]
    for payload in ("ON", "OFF", "ON", "OFF"):
        assert line.say("stat/x/POWER", payload) == []
    assert line.say("tele/x/SENSOR", '{"ENERGY":{"Power":2000}}', 1) == ["ENERGY 2000"]


def test_power_that_comes_with_an_off_is_what_was():
    """Zigbee2MQTT by attribute: one topic each, and the plug keeps what it measured last."""
    line = Line("")
    assert line.say("zigbee2mqtt/x/power", "33") == ["- 33"]
    assert line.say("zigbee2mqtt/x/state", "OFF") == ["- 0"]
    assert line.say("zigbee2mqtt/x/power", "33", 0.1) == ["- 0"]
    assert line.say("zigbee2mqtt/x/power", "33", 100) == ["- 0"]
    assert line.say("zigbee2mqtt/x/state", "OFF", 0.1) == []
    assert line.say("zigbee2mqtt/x/state", "ON", 100) == []
    assert line.say("zigbee2mqtt/x/power", "33", 0.1) == ["- 33"]


def test_an_on_that_was_lost_does_not_hide_the_power():
    line = Line("relay:0")
    assert line.say("shellies/x/relay/0", "off") == ["relay:0 0"]
    assert line.say("shellies/x/relay/0/power", "2000", 30) == ["relay:0 2000"]


def test_the_time_is_that_of_the_relay():
    line = Line("ENERGY")
    parsed = read(Message("tele/x/STATE", b'{"Time":"2026-11-20T11:00:00Z","POWER":"OFF"}', NOW))
    assert [item.at for item in line.switching.follow("x", (), parsed, NOW)] == [NOW.replace(hour=11)]


def test_no_more_than_a_bounded_number_of_relays_is_remembered():
    line = Line("ENERGY")
    for number in range(100):
        line.say(f"zigbee2mqtt/x/state_{number}", "OFF", 1)
    assert len(line.switching._devices["x"].on) <= 64


def test_on_comes_before_the_power_of_its_own_message():
    line = Line("")
    assert line.say("zigbee2mqtt/x", '{"state":"ON","power":500}') == ["- 500"]
    assert line.say("zigbee2mqtt/x", '{"state":"OFF","power":500}', 5) == ["- 0"]
    assert line.say("zigbee2mqtt/x", '{"state":"ON","power":502}', 3) == ["- 502"]
    assert line.say("zigbee2mqtt/x", '{"state":"OFF","power":502}', 1) == ["- 0"]
    assert line.say("zigbee2mqtt/x", '{"power":502}', 1) == ["- 0"]
    line = Line("switch:0")
    topic = "shellyplus1pm-x/status/switch:0"
    assert line.say(topic, '{"id":0,"output":false,"apower":500}') == ["switch:0 0"]
    assert line.say(topic, '{"id":0,"output":true,"apower":500}', 1) == ["switch:0 500"]


def test_a_sum_is_zero_once_all_relays_are_off():
    line = Line()
    assert line.say("zigbee2mqtt/x", '{"state":"OFF","state_usb":"ON","power":500}') == ["- 500"]
    assert line.say("zigbee2mqtt/x", '{"state":"OFF","power":500}') == ["- 500"]
    assert line.say("zigbee2mqtt/x", '{"state_usb":"OFF","power":500}') == ["- 0"]
    assert line.say("zigbee2mqtt/x", '{"state":"OFF","power":500}') == ["- 0"]
    line = Line()
    assert line.say("zigbee2mqtt/x", '{"state_l1":"OFF","power":812}') == ["- 812"]
    assert line.say("zigbee2mqtt/x", '{"state_l2":"ON","power":812}') == ["- 812"]
    assert line.say("zigbee2mqtt/x", '{"state_l2":"OFF","power":812}') == ["- 0"]
    document = '{"state_l1":"OFF","state_l2":"ON","power":90,"power_l1":3}'
    assert line.say("zigbee2mqtt/x", document) == ["- 90", "l1 0"]


def test_the_sum_of_two_meters_is_zero_once_each_relay_said_so():
    line = Line()
    said = line.say("tele/x/SENSOR", '{"ENERGY":{"Power":[300,200],"Total":1}}')
    assert sorted(said) == ["ENERGY 500", "ENERGY.1 300", "ENERGY.2 200"]
    assert line.say("stat/x/RESULT", '{"POWER1":"OFF"}') == ["ENERGY.1 0"]
    assert sorted(line.say("stat/x/RESULT", '{"POWER2":"OFF"}')) == ["ENERGY 0", "ENERGY.2 0"]


def test_phases_are_behind_the_one_relay():
    line = Line()
    document = '{"state":"OFF","power":850,"power_a":812,"power_b":33}'
    assert line.say("zigbee2mqtt/x", document) == ["- 0", "a 0", "b 0"]
    assert line.say("zigbee2mqtt/x", document.replace("OFF", "ON"), 1) == ["- 850", "a 812", "b 33"]
    assert line.say("zigbee2mqtt/x", '{"state":"OFF"}') == ["- 0", "a 0", "b 0"]
    assert line.say("zigbee2mqtt/x", '{"state_usb":"ON","power_a":812}') == ["a 812"]
    assert line.say("zigbee2mqtt/x", '{"state":"OFF","power_a":812}') == ["a 812"]


def zigbee(endpoint: int, **report: int) -> str:
    return json.dumps({"ZbReceived": {"0xDC9C": {"Device": "0xDC9C", **report, "Endpoint": endpoint}}})


def test_the_endpoints_of_a_zigbee_device_behind_tasmota():
    line = Line()
    topic = "tele/x/SENSOR"
    assert line.say(topic, zigbee(1, ActivePower=812)) == ["0xDC9C 812"]
    assert line.say(topic, zigbee(2, Power=0)) == []
    assert line.say(topic, zigbee(2, Power=1)) == []
    assert line.say(topic, zigbee(1, Power=0)) == ["0xDC9C 0"]
    assert line.say(topic, zigbee(2, Power=1), 1) == []
    assert line.say(topic, zigbee(1, ActivePower=812), 1) == ["0xDC9C 0"]
    # one relay, and a meter on an endpoint of its own
    line = Line()
    assert line.say(topic, zigbee(11, ActivePower=812)) == ["0xDC9C 812"]
    assert line.say(topic, zigbee(1, Power=0)) == ["0xDC9C 0"]
    # a meter that is known from before only
    assert Line("0xDC9C").say(topic, zigbee(1, Power=0)) == ["0xDC9C 0"]
    assert Line("0xDC9C").say(topic, zigbee(2, Power=0)) == []


def test_a_plug_that_keeps_its_power_is_switched_off_once():
    """Zigbee2MQTT issue 28470: 33 W with every report while it is off."""
    line = Line()
    off = []
    for state in ("ON", "OFF", "OFF", "OFF"):
        line.at += timedelta(seconds=100)
        parsed = read(Message("zigbee2mqtt/x", f'{{"state":"{state}","power":33}}'.encode(), line.at))
        [item] = line.switching.follow("x", parsed.measurements, parsed, line.at)
        off.append((item.value, item.switched_off))
    assert off == [(33.0, False), (0.0, True), (0.0, False), (0.0, False)]
