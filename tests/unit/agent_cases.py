"""What the tests of the probe agent share: a clock that is told the time, and a server that keeps the rules."""

from __future__ import annotations

import json
import math
import ssl
import threading
from datetime import datetime, timezone
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fusion_iot_core.protocol import read_json_readings, settle_time, signature_valid
from fusion_iot_core.queue.answers import Reply
from fusion_iot_core.queue.backlog import Backlog
from fusion_iot_core.queue.backoff import Backoff
from fusion_iot_core.queue.client import PATH, NoAnswer, body
from fusion_iot_core.queue.keeper import Keeper
from fusion_iot_core.queue.sample import Moment, Sample
from fusion_iot_core.queue.sender import Sender
from fusion_iot_core.queue.timekeeping import Timekeeper
from fusion_iot_core.signature import sign

TOKEN = "test-token"
START_MS = 1_790_000_000_000
KNOWN = ("28-000000000001", "28-000000000002", "28-000000000003")


class FakeClock:
    """Stands still unless it is told to move. `wrong` is how far the system's clock is off."""

    def __init__(self, boot="boot-1", start_ms=START_MS, synchronised=True):
        self.boot, self.kept = boot, synchronised
        self.true_ms = start_ms
        self.started_ms = start_ms - 5_000
        self.wrong = 0

    def moment(self):
        return Moment(self.boot, self.true_ms - self.started_ms, self.true_ms + self.wrong)

    def synchronised(self):
        return self.kept

    def pass_ms(self, milliseconds):
        self.true_ms += milliseconds

    def restart(self, boot, off_ms=30_000):
        self.true_ms += off_ms
        self.started_ms = self.true_ms
        self.boot = boot

    def sample(self, serial=KNOWN[0], value=20.0):
        return Sample(serial, value, self.moment())


class FakeServer:
    """The rules of the ingest address, without a network: signature, times, one reading once.

    :ivar foreign: probes that the sender may not write
    """

    def __init__(self, clock, known=KNOWN):
        self.clock = clock
        self.known = set(known)
        self.foreign = set()
        self.stored = []
        self.requests = 0
        self.replaced = 0

    def handle(self, timestamp, signature, content):
        """(status, document)"""
        self.requests += 1
        now = self.clock.true_ms / 1000
        if not signature_valid(TOKEN, timestamp, signature, content, now):
            return 401, {"ok": False, "error": "invalid_signature", "message": "no"}
        document = json.loads(content)
        if not document["readings"]:
            return 400, {"ok": False, "error": "invalid_body", "message": "none"}
        readings = read_json_readings(document)
        assert not readings.rejected
        foreign = [
            {"index": index, "device_serial": item.serial, "error": "not_yours", "message": "?"}
            for index, item in enumerate(readings.measurements)
            if item.serial in self.foreign
        ]
        if foreign:
            return 403, {"ok": False, "error": "not_yours", "message": "?", "rejected": foreign}
        received_at = datetime.fromtimestamp(now, timezone.utc)
        accepted, duplicates, rejected = 0, 0, []
        for index, item in enumerate(readings.measurements):
            at, source = settle_time(item.at, received_at, item.impossible_time)
            self.replaced += source.value != "device"
            row = (item.serial, at, item.value)
            if item.serial not in self.known:
                rejected.append(
                    {"index": index, "device_serial": item.serial, "error": "unknown_device", "message": "?"}
                )
            elif row in self.stored:
                duplicates += 1
            else:
                accepted += 1
                self.stored.append(row)
        if rejected and not accepted and not duplicates:
            return 404, {"ok": False, "error": "unknown_device", "message": "?", "rejected": rejected}
        answer = {"ok": True, "accepted": accepted}
        if duplicates:
            answer["duplicates"] = duplicates
        if rejected:
            answer["rejected"] = rejected
        return 200, answer


class HttpServer:
    """A `FakeServer` behind a socket; with a certificate over TLS."""

    def __init__(self, fake, certificate=None):
        outer = self
        self.fake = fake

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path != PATH:
                    self.reply(404, "not found")
                    return
                status, document = outer.fake.handle(
                    self.headers["X-FP-IOT-Timestamp"], self.headers["X-FP-IOT-Signature"], content
                )
                self.reply(status, document)

            def do_GET(self):
                self.reply(405, {"ok": False, "error": "method_not_allowed", "message": "POST"})

            def reply(self, status, document):
                text = json.dumps(document).encode()
                self.send_response_only(status)
                self.send_header("Date", formatdate(outer.fake.clock.true_ms / 1000, usegmt=True))
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *arguments: None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate, certificate.key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class DirectClient:
    """The agent's client, with the server in the same process.

    :ivar faults: what happens to the next requests: "away" (nothing arrives), "lost" (no answer comes back), or an
        answer's status
    """

    def __init__(self, server, clock):
        self.server, self.clock = server, clock
        self.faults = []

    def post(self, batch):
        fault = self.faults.pop(0) if self.faults else None
        if fault == "away":
            raise NoAnswer("away")
        if isinstance(fault, int):
            return self._reply(fault, {"ok": False, "error": "unavailable", "message": "?"})
        content = body(batch)
        timestamp = math.ceil(self.clock.moment().wall_ms / 1000) + 1
        status, document = self.server.handle(str(timestamp), sign(TOKEN, timestamp, content), content)
        if fault == "lost":
            raise NoAnswer("lost")
        return self._reply(status, document)

    def ask_time(self):
        return self._reply(405, {"ok": False, "error": "method_not_allowed", "message": "?"})

    def _reply(self, status, document):
        date = formatdate(self.clock.true_ms / 1000, usegmt=True)
        return Reply(status, json.dumps(document).encode(), {"date": date})


class Rig:
    """The agent without its threads: a store in a folder, a fake clock, a fake server.

    :ivar ledger: every sample that was taken, in this order
    """

    def __init__(
        self, folder, clock=None, *, max_rows=100_000, max_bytes=10 << 20, memory_rows=1000, batch=50
    ):
        self.path = folder / "readings.db"
        self.clock = clock or FakeClock()
        self.server = FakeServer(self.clock)
        self.client = DirectClient(self.server, self.clock)
        self.limits = {"max_rows": max_rows, "max_bytes": max_bytes, "memory_rows": memory_rows}
        self.batch_size = batch
        self.ledger = []
        self.number = 0
        self.keeper = None
        self.start()

    def start(self):
        """A new process on the store of the one before."""
        if self.keeper is not None:
            self.drop()
        self.timekeeper = Timekeeper(self.clock)
        self.keeper = Keeper(self.path, **self.limits, monotonic=self.seconds)
        self.backlog = Backlog(self.keeper, self.timekeeper, max_rows=self.limits["max_rows"])
        self.sender = Sender(
            self.backlog,
            self.client,
            self.timekeeper,
            batch_size=self.batch_size,
            monotonic=self.seconds,
            backoff=Backoff(lambda: 0.5),
        )

    def seconds(self):
        """A clock that never goes back."""
        return self.clock.true_ms / 1000

    def drop(self):
        """kill -9: the file is as the last transaction left it."""
        if self.keeper._store is not None:
            self.keeper._store.close()

    def take(self, count=1, serial=KNOWN[0], every_ms=10_000):
        """Take samples, each with a value of its own."""
        for _ in range(count):
            self.clock.pass_ms(every_ms)
            self.number += 1
            sample = Sample(serial, self.number / 16, self.clock.moment())
            self.backlog.add([sample])
            self.backlog.note_time()
            self.ledger.append((sample, self.clock.true_ms))

    def send(self, steps=1000):
        """Send until there is nothing to do; waits as long as it is told."""
        for _ in range(steps):
            pause = self.sender.step()
            if pause is None:
                return
            self.clock.pass_ms(int(pause * 1000))
        raise AssertionError("it does not come to an end")

    def check(self, tolerance_ms=None):
        """Every sample is there once, under ascending times; not further from the truth than so much."""
        stored = {(serial, value): at for serial, at, value in self.server.stored}
        assert len(stored) == len(self.server.stored)
        assert stored.keys() == {(sample.serial, sample.value) for sample, _true in self.ledger}
        assert self.server.replaced == 0
        for serial in KNOWN:
            times = [
                stored[sample.serial, sample.value] for sample, _ in self.ledger if sample.serial == serial
            ]
            assert times == sorted(times)
            assert len(set(times)) == len(times)
        if tolerance_ms is not None:
            for sample, true_ms in self.ledger:
                off = stored[sample.serial, sample.value].timestamp() * 1000 - true_ms
                assert abs(off) <= tolerance_ms
