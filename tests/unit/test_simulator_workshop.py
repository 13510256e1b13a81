"""The machines of the simulated workshop: what they publish is read, and sessions can be seen in it."""

from datetime import datetime, timezone
from itertools import pairwise
from types import SimpleNamespace

import pytest

from fusion_cli.simulator import known, workshop
from fusion_cli.simulator.devices.shelly_switch import ShellySwitch
from fusion_cli.simulator.devices.tasmota import TasmotaPlug
from fusion_cli.simulator.program import Part, Program, again, program
from fusion_cli.simulator.recalled import Recalled
from fusion_iot_core.detector import SessionConfig, replay
from fusion_iot_core.protocol.parsers import Message, ParserSettings, Presence, Problem, detect, read

LIVE = 1_790_000_000
NOW = datetime(2026, 9, 21, tzinfo=timezone.utc)
IN_UTC = ParserSettings(timezone="UTC")
EQUAL = SessionConfig(standby_threshold_w=500, working_threshold_w=500)


def parsed(message):
    return read(Message(message.topic, message.payload.encode(), NOW, message.retain), settings=IN_UTC)


def values(messages, quantity):
    return [
        (item.at, item.value)
        for message in messages
        for item in parsed(message).measurements
        if item.quantity == quantity
    ]


def samples(machine, since, until):
    said = values(machine.recall(since, until), "power")
    return [(at, watts, None) for at, watts in said]


@pytest.fixture(scope="module")
def hour():
    return {
        machine.name: [message for now in range(LIVE, LIVE + 3600) for message in machine.report(now, [])]
        for machine in workshop.machines()
    }


def test_every_message_is_recognised_and_understood(hour):
    for name, messages in hour.items():
        families = {detect(message.topic, message.payload.encode()).name for message in messages}
        assert families == ({"tasmota"} if name.startswith("tasmota") else {"shelly_gen2"})
        for message in messages:
            result = parsed(message)
            assert result.device == name
            assert not [item for item in result.items if isinstance(item, Problem)], message


def test_they_come_and_go():
    for machine in workshop.machines():
        for message, online in ((machine.hello, True), (machine.will, False)):
            assert message.retain
            assert parsed(message).items == (Presence(machine.name, online),)


def test_power_is_told_at_least_once_a_minute_and_when_it_changes(hour):
    for name, messages in hour.items():
        found = [each for each in values(messages, "power") if each[0]]  # the status of a Shelly has no time
        moments = sorted({at.timestamp() for at, _watts in found})
        assert max(after - before for before, after in pairwise(moments)) <= 60, name
        assert moments[-1] - moments[0] > 3500
        assert 60 < len(found) < 1500
        assert max(watts for _at, watts in found) > 100 > min(watts for _at, watts in found)


def test_the_counter_rises_by_what_was_drawn(hour):
    for name, messages in hour.items():
        counters = [reading for _at, reading in values(messages, "energy")]
        assert counters == sorted(counters)
        machine = next(machine for machine in workshop.machines() if machine.name == name)
        drawn = machine._program.energy(LIVE + 3600) - machine._program.energy(LIVE)
        assert counters[-1] - counters[0] == pytest.approx(drawn, abs=40.0)
        assert drawn > 40


def test_the_past_is_told_with_its_times_and_goes_over_into_the_present():
    for machine, live in zip(workshop.machines(), workshop.machines(), strict=True):
        past = machine.recall(LIVE - 600, LIVE)
        assert all(len(values([message], "power")) == 1 for message in past)
        times = [at.timestamp() for at, _watts in values(past, "power")]
        assert times == sorted(times)
        assert LIVE - 600 < times[0] + 0.3 <= times[-1] + 0.3 <= LIVE + 0.3
        live.report(LIVE, [])
        last = machine.report(LIVE + 1, [])
        assert [at.timestamp() for at, _watts in values(last, "power") if at] in (
            [],
            [LIVE + 0.75],
            [LIVE + 1],
        )


def test_a_machine_that_was_not_asked_for_long_tells_the_last_minute():
    machine = workshop.machines()[0]
    machine.report(LIVE, [])
    times = [at.timestamp() for at, _watts in values(machine.report(LIVE + 3600, []), "power") if at]
    assert times
    assert min(times) > LIVE + 3539


@pytest.mark.parametrize(
    ("number", "config", "least", "most"),
    [
        (0, SessionConfig(standby_threshold_w=20, working_threshold_w=150), 300, 700),
        (1, SessionConfig(standby_threshold_w=60, working_threshold_w=400), 1100, 1300),
        (2, EQUAL, 50, 100),
        (
            3,
            SessionConfig(
                standby_threshold_w=10,
                stop_threshold_w=4,
                working_threshold_w=100,
                start_debounce_s=15,
                min_off_gap_s=180,
                resume_debounce_s=30,
            ),
            880,
            960,
        ),
        (4, SessionConfig(standby_threshold_w=6, working_threshold_w=60), 1600, 1700),
        (
            5,
            SessionConfig(standby_threshold_w=200, working_threshold_w=200, min_off_gap_s=120),
            115,
            230,
        ),
    ],
)
def test_a_person_sees_the_sessions(number, config, least, most):
    machine = workshop.machines()[number]
    cycle = machine._program.seconds
    found = replay(config, samples(machine, LIVE, LIVE + 4 * cycle))
    inner = found[1:-1]
    assert 2 <= len(inner) <= 10
    for session in inner:
        assert least <= session.total_s <= most, session
        assert session.working_s > 0
        assert session.end_reason.value == "normal"


def test_a_program_is_a_function_of_the_time():
    found = program("x", Part(10, 100.0, swing=0.1, hold=5), again(2, Part(3, 1.0), Part(2, 50.0)))
    assert found.seconds == 20
    assert found == program("x", Part(10, 100.0, swing=0.1, hold=5), again(2, Part(3, 1.0), Part(2, 50.0)))
    assert [found.power(LIVE + second) for second in range(20)] == [
        Program("x", found.parts).power(LIVE + second) for second in range(20)
    ]
    in_a_cycle = 10 * 100.0 + 2 * (3 * 1.0 + 2 * 50.0)
    assert found.energy(LIVE + 20) - found.energy(LIVE) == pytest.approx(in_a_cycle / 3600)
    counter = [found.energy(LIVE + second) for second in range(100)]
    assert counter == sorted(counter)


class Talk:
    """A server and a publisher that write down what happens to them."""

    def __init__(self, monkeypatch, listening, last):
        self.clock, self.said, self.sent, self.past = 0.0, [], [], {}
        self._listening, self._last = list(listening), last
        monkeypatch.setattr("fusion_cli.simulator.known.listens", lambda settings: self._answer())
        monkeypatch.setattr("fusion_cli.simulator.known.metered", lambda settings: self._last)
        publisher = SimpleNamespace(
            send=lambda now, readings: self.sent.append(now),
            publish=lambda name, messages: self.past.update({name: messages}),
        )
        self.machines = [
            ShellySwitch("shelly-a", "192.0.2.1", workshop.LASER),
            TasmotaPlug("tasmota-b", workshop.PRINTER),
        ]
        self.recalled = Recalled(None, publisher, self.machines, 2, self.said.append, lambda: self.clock)

    def _answer(self):
        answer = self._listening.pop(0) if self._listening else True
        if isinstance(answer, OSError):
            raise answer
        return answer

    def play(self, seconds):
        for second in range(seconds):
            self.recalled.send(LIVE + second, [])
            self.clock += 1.0


def test_machines_wait_for_a_server_that_listens(monkeypatch):
    talk = Talk(monkeypatch, [False, OSError("away")], {"shelly-a": 0, "tasmota-b": LIVE - 60})
    talk.play(30)
    assert talk.sent == list(range(LIVE + 10, LIVE + 30))
    (first, _watts), *_ = values(talk.past["shelly-a"], "power")
    assert LIVE + 10 - 7200 <= first.timestamp() < LIVE + 12 - 7200
    assert 1 <= len(talk.past["tasmota-b"]) < 60
    assert len(talk.said) == 1


def test_what_the_server_does_not_know_has_no_past(monkeypatch):
    talk = Talk(monkeypatch, [], {})
    talk.play(2)
    assert talk.past == {}
    assert talk.sent == [LIVE, LIVE + 1]


def test_a_server_that_never_listens_gets_the_present(monkeypatch):
    talk = Talk(monkeypatch, [False] * 1000, {"shelly-a": 0})
    talk.play(400)
    assert talk.past == {}
    assert 60 < len(talk.sent) < 110
    assert len(talk.said) == 1


def test_what_the_server_heard_last_is_the_newest_of_all_channels(monkeypatch):
    answers = {
        "mqtt.device": [
            {"device_id": "a", "iot_device_id": [7, "A"]},
            {"device_id": "b", "iot_device_id": [8, "B"]},
        ],
        "iot.device.channel": [
            {"device_id": [7, "A"], "last_at": "2026-09-21 12:00:00"},
            {"device_id": [7, "A"], "last_at": "2026-09-21 12:00:30"},
            {"device_id": [9, "posts over HTTP"], "last_at": "2026-09-21 12:00:00"},
        ],
    }
    monkeypatch.setattr("fusion_cli.simulator.known._call", lambda settings, model, *rest: answers[model])
    newest = datetime(2026, 9, 21, 12, 0, 31, tzinfo=timezone.utc)
    assert known.metered(None) == {"a": newest.timestamp(), "b": 0}
