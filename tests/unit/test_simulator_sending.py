"""The sender of the simulated line: it loses nothing, keeps the order and does not hammer the server."""

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fusion_cli.process import with_this_command
from fusion_cli.simulator.feed import BATCH, LONGEST_PAUSE, Feed
from fusion_cli.simulator.line import Reading
from fusion_cli.simulator.outbox import Outbox
from fusion_cli.simulator.poster import PATH, Later, Poster, Refused, Taken
from fusion_cli.simulator.settings import MissingSetting, Settings
from fusion_cli.testing.pace import patient
from tests.waiting import until

LIVE = 1_790_000_000


class Clock:
    """A clock that stands still unless it is told to move."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Stub:
    """A server that gives the answers it was told, then 200 to everything, and keeps what it accepted."""

    def __init__(self):
        self.answers = []
        self.requests = []
        self.stored = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                stub.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.requests.append((handler.path, handler.headers))
        if handler.path != PATH:
            self.reply(handler, 200, {}, b'{"error": {"message": "no such login"}}')
            return
        answer = self.answers.pop(0) if self.answers else 200
        status, headers, payload = answer if isinstance(answer, tuple) else (answer, {}, None)
        if status == 0:
            handler.close_connection = True
            return
        if status == 200:
            readings = json.loads(body)["readings"]
            self.stored += [(item["device_serial"], item["value"], item["read_at"]) for item in readings]
            payload = {"ok": True, "accepted": len(readings)} if payload is None else payload
        text = payload if isinstance(payload, bytes) else json.dumps(payload or {"ok": False}).encode()
        self.reply(handler, status, headers, text)

    def reply(self, handler, status, headers, text):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def stub():
    stub = Stub()
    yield stub
    stub.stop()


@pytest.fixture
def rig(stub):
    """A feed with an outbox, a clock and the lines it logged."""

    class Rig:
        def __init__(self):
            self.clock = Clock()
            self.lines = []
            self.outbox = Outbox()
            poster = Poster(stub.url, "secret", timeout=patient(5))
            self.feed = Feed(self.outbox, poster, self.lines.append, self.clock)

        def run(self, seconds):
            for _ in range(seconds):
                self.feed.pump()
                self.clock.now += 1.0

    return Rig()


UNAVAILABLE = (503, {"Retry-After": "5"}, {"ok": False, "error": "unavailable"})


def some(count, start=0):
    """Readings that differ in serial, value and time."""
    indexes = range(start, start + count)
    return [Reading(f"28-00000000{index % 7:04x}", 20.0 + index / 16, LIVE + index) for index in indexes]


class TestFeed:
    def test_a_batch_is_the_documented_request(self, stub, rig):
        rig.outbox.put([Reading("28-00000a1b2c05", 88.0625, 1_790_000_000)])
        rig.feed.pump()
        path, headers = stub.requests[0]
        assert path == PATH == "/fp/iot/ingest"
        assert headers["X-FP-IOT-Token"] == "secret"
        assert headers["Content-Type"] == "application/json"
        assert stub.stored == [("28-00000a1b2c05", 88.0625, "2026-09-21T14:13:20Z")]

    def test_nothing_is_lost_and_the_order_kept_over_an_outage(self, stub, rig):
        stub.answers = [200, UNAVAILABLE, UNAVAILABLE, 0, (502, {}, b"<html>bad gateway</html>")]
        readings = some(3 * BATCH + 17)
        rig.outbox.put(readings[:BATCH])
        rig.run(1)
        rig.outbox.put(readings[BATCH:])
        rig.run(120)
        assert [item[:2] for item in stub.stored] == [(reading.serial, reading.value) for reading in readings]
        assert len(rig.outbox) == 0

    def test_each_change_of_state_is_one_line(self, stub, rig):
        stub.answers = [200, *[UNAVAILABLE] * 5, 0, 0]
        for index in range(200):
            rig.outbox.put(some(1, index))
            rig.run(1)
        assert [line.partition(":")[0] for line in rig.lines] == [
            "The server takes the readings.",
            "The server takes no readings now",
            "The server takes no readings now",
            rig.lines[3],
        ]
        assert "503 unavailable" in rig.lines[1]
        assert "no answer" in rig.lines[2]
        assert rig.lines[3].startswith("The server takes the readings.")
        assert len(stub.stored) == 200

    def test_it_waits_longer_each_time_and_as_long_as_it_is_asked(self, stub, rig):
        stub.answers = [(503, {}, None)] * 8
        rig.outbox.put(some(1))
        pauses = []
        for _ in range(8):
            rig.feed.pump()
            pauses.append(rig.feed.not_before - rig.clock.now)
            rig.clock.now = rig.feed.not_before
        assert pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
        rig.feed.pump()
        stub.answers = [(503, {"Retry-After": "7"}, None), (503, {"Retry-After": "86400"}, None)]
        rig.outbox.put(some(1))
        for pause in (7, LONGEST_PAUSE):
            rig.feed.pump()
            assert rig.feed.not_before - rig.clock.now == pause
            rig.clock.now = rig.feed.not_before

    def test_it_does_not_knock_while_it_waits(self, stub, rig):
        stub.answers = [UNAVAILABLE]
        rig.outbox.put(some(1))
        rig.run(5)
        assert len(stub.requests) == 1
        rig.run(1)
        assert len(stub.requests) == 2

    def test_readings_are_kept_while_the_token_is_refused(self, stub, rig):
        stub.answers = [(401, {}, {"ok": False, "error": "invalid_token"})] * 2
        rig.outbox.put(some(10))
        rig.run(60)
        assert len(stub.stored) == 10
        assert "401 invalid_token" in rig.lines[0]

    def test_a_batch_that_is_refused_for_good_does_not_block_the_next(self, stub, rig):
        stub.answers = [(404, {}, {"error": "unknown_device"}), (400, {}, {"error": "invalid_value"})]
        rig.outbox.put(some(3 * BATCH))
        rig.run(120)
        assert len(stub.stored) == BATCH
        assert len(rig.outbox) == 0

    def test_a_404_of_something_else_is_not_the_end_of_the_readings(self, stub, rig):
        stub.answers = [(404, {}, b"<h1>not found</h1>"), (404, {}, {"ok": False, "error": "not_found"})]
        rig.outbox.put(some(10))
        rig.run(60)
        assert len(stub.stored) == 10

    def test_rejected_readings_are_named_once(self, stub, rig):
        payload = {"ok": True, "accepted": 0, "rejected": [{"device_serial": "x", "error": "unknown_device"}]}
        stub.answers = [(200, {}, payload)] * 3
        for index in range(3):
            rig.outbox.put(some(1, index))
            rig.run(1)
        assert rig.lines == ["The server takes the readings.", "Not taken: x (unknown_device)."]

    @pytest.mark.parametrize(
        "answer", [b"", b"[]", b"null", b"<html></html>", b'{"ok": false}', b"\xff", b'{"ok": true}']
    )
    def test_a_200_of_somebody_else_is_no_success(self, stub, answer):
        stub.answers = [(200, {}, answer)]
        assert isinstance(Poster(stub.url, "secret").post(some(1)), Later)

    def test_what_the_poster_makes_of_answers(self, stub):
        poster = Poster(stub.url, "secret")
        assert poster.post(some(2)) == Taken(2)
        stub.answers = [(400, {}, {"error": "invalid_json"}), (413, {}, None), (400, {}, b"proxy")]
        assert poster.post(some(1)) == Refused("400 invalid_json")
        assert poster.post(some(1)) == Later("413")
        assert poster.post(some(1)) == Later("400")
        stub.stop()
        assert isinstance(poster.post(some(1)), Later)


class TestOutbox:
    def test_a_full_outbox_gives_up_its_oldest_readings(self):
        outbox = Outbox(limit=5)
        outbox.put(some(8))
        assert outbox.lost == 3
        assert outbox.first(10) == some(5, 3)
        outbox.settle(2)
        assert outbox.first(10) == some(3, 5)

    def test_what_was_given_up_is_told_when_the_server_is_back(self, stub, rig):
        rig.outbox = rig.feed.outbox = Outbox(limit=5)
        stub.answers = [UNAVAILABLE]
        rig.outbox.put(some(1))
        rig.run(1)
        rig.outbox.put(some(8, 1))
        rig.run(20)
        assert rig.lines[-1] == "4 readings were given up while the server was away."


class TestSettings:
    def test_they_come_from_the_environment(self):
        found = Settings.read({"FUSION_URL": "http://x", "FUSION_INGEST_TOKEN": "t", "FUSION_DB": "d"})
        assert (found.url, found.token, found.database, found.login) == ("http://x", "t", "d", "")

    @pytest.mark.parametrize("name", ["FUSION_URL", "FUSION_INGEST_TOKEN"])
    def test_address_and_token_are_needed(self, name):
        variables = {"FUSION_URL": "http://x", "FUSION_INGEST_TOKEN": "t"}
        variables[name] = ""
        with pytest.raises(MissingSetting, match=name):
            Settings.read(variables)


class TestProcess:
    @pytest.fixture
    def process(self, stub):
        environment = {
            **os.environ,
            "FUSION_URL": stub.url,
            "FUSION_INGEST_TOKEN": "secret",
            **with_this_command(Path(__file__).resolve().parents[2]),
        }
        argv = [sys.executable, "-m", "fusion_cli.simulator"]
        pipe = subprocess.PIPE
        with subprocess.Popen(argv, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
            yield process
            process.kill()

    def test_it_sends_by_itself_and_ends_quietly_when_told(self, stub, process):
        until(lambda: stub.stored, 30, "it sends")
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=patient(10))
        assert (process.returncode, errors) == (0, "")
        assert "may not see the sensors" in output.splitlines()[0]
