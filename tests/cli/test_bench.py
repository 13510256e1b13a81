"""The parts of the benchmark that need no stack."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from fusion_cli.bench.bench import arguments, table
from fusion_cli.bench.figure import Figure, median, within
from fusion_cli.bench.group import Bench
from fusion_cli.bench.groups import all_groups
from fusion_cli.bench.groups.sessions import detector
from fusion_cli.bench.mqtt.line import message
from fusion_cli.bench.mqtt.publisher import Publisher, packet
from fusion_cli.bench.mqtt.screen import Shown, delays
from fusion_cli.bench.processes import TICK_S, odoo_cpu_s, resident_mb
from fusion_cli.bench.samples import SAMPLES
from fusion_cli.bench.sessions import machines
from fusion_cli.testing.pace import promised


def test_every_group_is_found_and_can_be_chosen():
    names = [group.name for group in all_groups()]
    assert names == ["http", "parsers", "mqtt", "flood", "sessions", "ledger", "brokers"]
    assert arguments(["--only", "mqtt", "--only", "parsers", "--quick"], names).only == ["mqtt", "parsers"]
    with pytest.raises(SystemExit):
        arguments(["--only", "coffee"], names)


def test_the_table_says_which_goals_were_missed():
    shown = table(
        [
            Figure("rate", 12_345.6, "messages/s"),
            Figure("ratio", 0.75, goal=0.8),
            Figure("delay", 41.0, "ms", goal=300, at_most=True),
        ]
    )
    rate, ratio, delay = shown.splitlines()[3:]
    assert rate.split() == ["rate", "12,346", "messages/s"]
    assert ratio.split() == ["ratio", "0.75", ">=", "0.8", "MISSED"]
    assert delay.split() == ["delay", "41", "ms", "<=", "300", "met"]


def test_the_median_round_and_shares():
    assert median([(0.9, 9.0, 10.0), (0.1, 1.0, 10.0), (0.5, 5.0, 10.0)]) == (0.5, 5.0, 10.0)
    values = [float(number) for number in range(100, 0, -1)]
    assert within(0.95, values) == 96.0
    assert within(0.5, [7.0]) == 7.0


def test_a_share_of_something_is_never_nothing():
    quick = Bench(None, 0.1)  # type: ignore[arg-type]
    assert quick.share(2_000) == 200
    assert quick.share(3) == 1


def test_every_family_has_a_light_and_a_heavy_sample():
    families = {sample.family for sample in SAMPLES}
    for family in families:
        weights = {sample.weight for sample in SAMPLES if sample.family == family}
        assert {"light", "heavy"} <= weights


def test_a_message_is_what_tasmota_sends():
    topic, payload = message(419, 61.437)
    assert topic == "tele/bench-0419/SENSOR"
    assert json.loads(payload)["DS18B20"] == {"Id": "0000000001A3", "Temperature": 61.437}


def test_a_packet_is_a_publish_at_qos_1():
    payload = b"x" * 200
    found = packet("a/b", payload, 65_535)
    assert found[:3] == bytes([0x32, 0x80 | (207 % 128), 207 // 128])
    assert found[3:8] == b"\x00\x03a/b"
    assert struct.unpack(">H", found[8:10]) == (1,)  # 65,535 identifiers, none of them 0
    assert found[10:] == payload


@pytest.mark.parametrize("pace", [0.0, 1_000.0])
def test_the_publisher_waits_for_every_acknowledgement(pace):
    listener = socket.create_server(("127.0.0.1", 0))
    messages = [(f"tele/{number}/SENSOR", b"1") for number in range(200)]
    total = sum(len(packet(topic, payload, number)) for number, (topic, payload) in enumerate(messages))

    def broker() -> None:
        connection, _address = listener.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(bytes([0x20, 2, 0, 0]))
            received = 0
            while received < total:
                received += len(connection.recv(65_536))
            acknowledgements = b"".join(struct.pack(">BBH", 0x40, 2, number + 1) for number in range(200))
            connection.sendall(acknowledgements[:5])
            connection.sendall(acknowledgements[5:])

    thread = threading.Thread(target=broker)
    thread.start()
    published = Publisher(listener.getsockname()[1], messages, pace).publish()
    thread.join()
    listener.close()
    assert published.began <= published.ended
    assert len(published.sent) == (200 if pace else 0)


def test_a_value_that_was_overtaken_is_visible_with_the_next():
    published = [(10.0, 50.1), (10.1, 50.2), (10.2, 50.3)]
    seen = [Shown(9.0, 50.0), Shown(10.5, 50.2), Shown(11.0, 50.3)]
    assert delays(published, seen) == pytest.approx([0.5, 0.4, 0.8])
    with pytest.raises(AssertionError, match=r"50\.3 was never visible"):
        delays(published, seen[:2])


def test_every_machine_publishes_once_a_second_and_comes_to_work_once():
    found = machines.messages(1_790_000_000.0, 5, warm_up=2)
    assert len(found) == 5 * machines.MACHINES
    watts: dict[str, list[float]] = {}
    for number, (topic, payload) in enumerate(found):
        params = json.loads(payload)["params"]
        assert abs(params["ts"] - 1_790_000_000.0 - number / machines.MACHINES) < 0.01
        watts.setdefault(topic, []).append(params["switch:0"]["apower"])
    at_work = [[value >= machines.WORKING_W for value in values] for values in watts.values()]
    assert sum(not any(one) for one in at_work) == machines.MACHINES - 2 * machines.CHANGES_A_SECOND
    for one in at_work:
        assert one == sorted(one)
        assert not any(one[:3])
    assert at_work[0] == [False, False, False, True, True]
    assert at_work[machines.CHANGES_A_SECOND] == [False, False, False, False, True]


def test_the_detector_is_timed():
    one, many = detector(20)
    assert (one.goal, many.goal) == (200_000, 200_000)
    assert min(one.value, many.value) > 1_000


def test_what_processes_take_is_counted_with_their_children(tmp_path):
    burn = "import time; end = time.process_time() + {}\nwhile time.process_time() < end: pass"
    code = f"import subprocess, sys, time\n{burn.format(0.1)}\n" + (
        f"subprocess.run([sys.executable, '-c', {burn.format(0.3)!r}])\nprint(flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        pidfile = tmp_path / "pid"
        pidfile.write_text(f"{child.pid}\n")
        stack = SimpleNamespace(odoo_pidfile=pidfile)
        taken, memory = odoo_cpu_s(stack), resident_mb(stack)
        child.kill()
    assert 0.4 - 4 * TICK_S <= taken < promised(5.0)
    assert 1.0 < memory < 500.0
