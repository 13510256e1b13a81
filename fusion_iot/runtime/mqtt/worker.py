"""The client of one MQTT connection: receive, commit, acknowledge, in this order."""

from __future__ import annotations

import logging
import random
import threading
import time
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone

from odoo.addons.fusion_iot_base.protocol.parsers import Message
from odoo.addons.fusion_iot_base.protocol.topics import without_covered

from ..committer import Committer, Fenced, Retry
from ..kinds import Health, Tenure
from .batch import Batch
from .inbound import Inbound
from .link import GivenUp, Link
from .meter import Meter
from .reader import Intake, Reader
from .receipts import Receipts, pack
from .spec import MqttSpec
from .trouble import BadSettings, Refused, describe
from .window import WindowGuess

_logger = logging.getLogger(__name__)

QUEUE_MESSAGES = 20_000
QUEUE_BYTES = 64 * 1024 * 1024
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
LASTING_PAUSE_S = 20.0
RETRY_PAUSE_S = 0.2
LONGEST_RETRY_S = 5.0
STEADY_AFTER_S = 30.0
FLUSH_AT_STOP_S = 4.0
IDLE_S = 1.0
BURIALS_TOLD_EVERY_S = 60.0


class MqttWorker:
    """Keeps one connection up and commits what comes.

    One thread does it all: it reads what the network has, commits a batch when it is large or old enough, and only
    then acknowledges it. While a commit takes its time the broker waits with the rest; nothing is locked, and nothing
    is acknowledged that is not in the database. What was received and is not committed yet stays in the queue over
    disconnections, too.
    """

    def __init__(self, spec: MqttSpec, tenure: Tenure) -> None:
        self._spec = spec
        self._wanted = spec
        self._committer = Committer(tenure)
        self._stopping = threading.Event()
        self._queue: deque[Inbound] = deque()
        self._queued_bytes = 0
        self._queued_mids: dict[int, Inbound] = {}
        self._redelivered: dict[int, int] = {}
        self._batch: Batch | None = None
        self._limit = spec.batch_size
        self._not_before = 0.0
        self._retries = 0
        self._buried = 0
        self._burials_due = 0.0
        self._links = 0
        self._link: Link | None = None
        self._subscribed: tuple[str, ...] = ()
        self._receipts = Receipts()
        self._reader: Reader | None = None
        self._window = WindowGuess()
        self._meter = Meter()
        self._health = Health(moved=time.monotonic())
        self._thread = threading.Thread(target=self._run, name=f"fusion_iot.mqtt.{spec.id}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def update(self, spec: MqttSpec) -> bool:
        """Take changed devices and batch settings over; anything else needs a new connection."""
        if not self._spec.same_link(spec):
            return False
        self._wanted = spec
        self._wake()
        return True

    def stop(self) -> None:
        """Commit what is there, say goodbye to the broker and end; returns at once."""
        self._stopping.set()
        self._wake()

    def join(self, timeout: float) -> bool:
        """Wait for the end; ``False`` when it did not come in time.

        A thread that has nothing left to do, and is only held up by a host that does not answer, is not waited for.
        """
        if self._thread.is_alive() and not self._held_up:
            self._thread.join(timeout)
        return not self._thread.is_alive() or self._held_up

    def health(self) -> Health:
        """How it is."""
        rate, lag = self._meter.figures()
        return replace(self._health, queue_depth=len(self._queue), rate=rate, lag=lag)

    @property
    def _held_up(self) -> bool:
        link = self._link
        return self._stopping.is_set() and link is not None and link.dialling and not self._queue

    def _wake(self) -> None:
        if link := self._link:
            link.wake()

    # The connection

    def _run(self) -> None:
        threading.current_thread().dbname = self._committer.tenure.dbname
        pause = FIRST_PAUSE_S
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                lasting = False
                try:
                    self._prepare()
                    self._serve()
                except Fenced:
                    raise
                except GivenUp:
                    break
                except Retry as exc:
                    self._trouble("retrying", str(exc))
                except Exception as exc:
                    if not isinstance(exc, (OSError, Refused, BadSettings)):
                        _logger.exception("%s: unexpected error", self._spec.name)
                    trouble = describe(exc, self._spec)
                    lasting = trouble.lasting
                    self._trouble("failed" if lasting else "retrying", trouble.message)
                if time.monotonic() - began > STEADY_AFTER_S:
                    pause = FIRST_PAUSE_S
                self._rest(max(pause, LASTING_PAUSE_S) if lasting else pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            self._flush_at_stop()
        except Fenced as exc:
            exc.tell(_logger, self._spec.name)
        self._health.state = "stopped"

    def _prepare(self) -> None:
        """What has to be known before the first message: still ours, what was committed, whose topics are whose."""
        self._health.moved = time.monotonic()
        self._committer.check()
        if self._reader is None:
            for entries in self._committer.receipts():
                self._receipts.add(entries)
            self._subscribed = tuple(self._known_subscriptions())
            self._reader = Reader(self._routes(), bool(self._wanted.discovery_filter))
        self._take_over()

    def _serve(self) -> None:
        """One network connection, from the beginning to whatever ends it."""
        self._health.state = "connecting"
        self._links += 1
        link = self._link = Link(self._spec, self._receive, self._stopping.is_set)
        try:
            link.open()
            self._subscribe(link, anew=True)
            self._connected()
            while not self._stopping.is_set():
                self._health.moved = time.monotonic()
                if self._wanted is not self._spec:
                    self._take_over()
                    self._subscribe(link)
                before = len(self._queue)
                link.pump(self._pause(), reading=not self._full)
                self._window.saw(len(self._queue), len(self._queue) > before)
                self._flush(link)
            self._flush_at_stop(link)
        finally:
            self._link = None
            self._health.connected_since = None
            link.close()

    def _rest(self, seconds: float) -> None:
        """Wait before the next attempt; what was received is committed meanwhile."""
        until = time.monotonic() + seconds * random.uniform(0.7, 1.3)
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            self._health.moved = time.monotonic()
            self._flush(None)
            self._stopping.wait(min(left, self._pause()))

    def _connected(self) -> None:
        self._health.state = "connected"
        self._health.connected_since = _now()
        _logger.info("%s: connected to %s:%s.", self._spec.name, self._spec.host, self._spec.port)

    def _trouble(self, state: str, message: str) -> None:
        """Note what is wrong; it is logged once, however often it repeats itself."""
        health = self._health
        if (health.state, health.last_error) != (state, message) and health.last_error != message:
            _logger.warning("%s: %s", self._spec.name, message)
        health.state, health.last_error, health.last_error_at = state, message, _now()

    # Settings

    def _take_over(self) -> None:
        """Use the settings as they are now."""
        wanted, before = self._wanted, self._spec
        if wanted.routes_version != before.routes_version:
            self._reader.use(self._routes())
        self._reader.discovering = bool(wanted.discovery_filter)
        self._spec = wanted
        self._limit = wanted.batch_size

    def _routes(self) -> list:
        found: list = []

        def load(env) -> None:
            found.extend(env["mqtt.device"]._routes([self._spec.id]))

        self._committer.look(load)
        return found

    def _known_subscriptions(self) -> list[str]:
        return (
            self._committer.rows("SELECT subscriptions FROM iot_runtime_worker WHERE id = %(id)s")[0][0] or []
        )

    def _subscribe(self, link: Link, anew: bool = False) -> None:
        """Have the broker send what the devices and the discovery need, and nothing else any more.

        :param anew: also what it should have from before
        """
        discovery = self._spec.discovery_filter
        filters = [*self._reader.router.filters, *([discovery] if discovery else [])]
        described = self._reader.router.descriptions
        wanted = without_covered([*filters, *described])
        link.unsubscribe(sorted(set(self._subscribed) - set(wanted)))
        link.subscribe(
            wanted if anew else sorted(set(wanted) - set(self._subscribed)),
            dispensable=frozenset(described) - frozenset(filters),
        )
        if wanted != self._subscribed:
            self._subscribed = wanted
            self._committer.note_subscriptions(wanted)

    # Messages

    @property
    def _full(self) -> bool:
        return len(self._queue) >= QUEUE_MESSAGES or self._queued_bytes >= QUEUE_BYTES

    def _receive(self, received) -> None:
        """Put a message into the queue. Called by paho, which an exception would end: there is none."""
        try:
            topic = received.topic
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        message = Message(topic, bytes(received.payload), datetime.now(timezone.utc), bool(received.retain))
        mid = received.mid if received.qos else 0
        inbound = Inbound(message, received.qos, mid, bool(received.dup), self._links)
        if self._receipts.has(inbound):
            self._link.acknowledge([mid])
            return
        if mid:
            waiting = self._queued_mids.get(mid)
            if inbound.duplicate and waiting is not None and waiting.digest() == inbound.digest():
                self._redelivered[mid] = self._links
                return
            self._queued_mids[mid] = inbound
            self._redelivered.pop(mid, None)
        self._queue.append(inbound)
        self._queued_bytes += len(message.payload)

    def _pause(self) -> float:
        """Seconds to wait for the network before there is something to commit."""
        if not self._queue:
            return IDLE_S
        now = time.monotonic()
        if self._not_before > now:
            return min(self._not_before - now, IDLE_S)
        if self._batch is not None or self._ripe(len(self._queue)):
            return 0.0
        return max(0.0, self._spec.flush_interval / 1000 - self._age())

    def _age(self) -> float:
        oldest = self._queue[0].message.received_at
        return (datetime.now(timezone.utc) - oldest).total_seconds()

    def _ripe(self, waiting: int) -> bool:
        return waiting >= self._limit or self._window.closed(waiting)

    def _flush(self, link: Link | None) -> None:
        """Commit and acknowledge the next batch, if it is large or old enough.

        Only one: whatever waits behind it, the broker has to hear from us in between.
        """
        if not self._queue or time.monotonic() < self._not_before:
            return
        waiting = len(self._queue)
        aged = self._age() >= self._spec.flush_interval / 1000
        if self._batch or self._ripe(waiting) or aged or link is None or self._stopping.is_set():
            if aged and waiting < self._limit:
                self._window.flushed(waiting)
            self._commit_next(link)

    def _commit_next(self, link: Link | None) -> bool:
        """Commit the oldest messages; ``False`` when that has to be tried again later."""
        batch = self._batch
        if batch is None:
            messages = [self._queue[index] for index in range(min(self._limit, len(self._queue)))]
            batch = Batch(uuid.uuid4().hex, messages, self._reader.intake(messages), pack(messages))
            self._batch = batch
        try:
            self._commit(batch, batch.name, batch.intake, batch.entries)
        except Retry as exc:
            self._put_off(batch, exc)
            return False
        self._batch = None
        self._retries = 0
        self._limit = self._spec.batch_size
        self._settle(batch, link)
        return True

    def _commit(self, batch: Batch, name: str, intake: Intake, entries: bytes) -> None:
        """Commit a batch; one that cannot be committed whole is halved until what is wrong with it stands alone."""
        spec = self._spec
        if name not in batch.broken:
            try:
                self._committer.commit(
                    name, entries, lambda env: env["mqtt.intake"]._take(spec.id, spec.log_level, intake)
                )
                return
            except (Fenced, Retry):
                raise
            except Exception as exc:  # noqa: BLE001 - the messages of others must not suffer
                if len(intake.readings) == 1:
                    self._bury(name, intake, entries, exc)
                    return
                batch.broken.add(name)
        for part, half in zip("ab", intake.halves(), strict=True):
            messages = [reading.inbound for reading in half.readings]
            self._commit(batch, name + part, half, pack(messages))

    def _bury(self, name: str, intake: Intake, entries: bytes, error: Exception) -> None:
        """Keep a message that cannot be processed, with its error, where people look for it."""
        self._meter.errors += 1
        text = f"{type(error).__name__}: {str(error).strip()}"
        self._tell_buried(text)
        spec = self._spec
        self._committer.commit(
            f"{name}x", entries, lambda env: env["mqtt.intake"]._bury(spec.id, intake.readings[0], text)
        )

    def _tell_buried(self, text: str) -> None:
        """Say in the log that there are such messages, once a minute; each of them is in the database."""
        self._buried += 1
        if time.monotonic() >= self._burials_due:
            what = "%s: %s message(s) could not be processed and were set aside. The last one: %s"
            _logger.info(what, self._spec.name, self._buried, text.partition("\n")[0])
            self._buried, self._burials_due = 0, time.monotonic() + BURIALS_TOLD_EVERY_S

    def _put_off(self, batch: Batch, error: Retry) -> None:
        self._retries += 1
        batch.uncertain |= not error.slow
        if error.slow and self._retries >= 2 and batch.may_change:
            self._limit = max(1, self._limit // 2)
            self._batch = None
            self._reader.tell_again()
        pause = min(RETRY_PAUSE_S * 2 ** min(self._retries - 1, 10), LONGEST_RETRY_S)
        self._not_before = time.monotonic() + pause * random.uniform(0.7, 1.3)
        if self._retries >= 2:
            self._trouble("retrying", str(error))

    def _settle(self, batch: Batch, link: Link | None) -> None:
        """A batch is committed: out of the queue with it, and tell the broker."""
        acknowledged = []
        for inbound in batch.messages:
            self._queue.popleft()
            self._queued_bytes -= len(inbound.message.payload)
            mid = inbound.mid
            if mid and self._queued_mids.get(mid) is inbound:
                del self._queued_mids[mid]
                came_by = self._redelivered.pop(mid, inbound.link)
                if came_by == self._links:
                    acknowledged.append(mid)
        self._receipts.add(batch.entries)
        if link is not None:
            link.acknowledge(acknowledged)
        self._meter.committed(batch.messages, batch.intake.problems)
        health = self._health
        health.message_count, health.error_count = self._meter.messages, self._meter.errors
        if link is not None and health.state == "retrying":
            health.state = "connected"

    def _flush_at_stop(self, link: Link | None = None) -> None:
        until = time.monotonic() + FLUSH_AT_STOP_S
        with suppress(Retry):
            while self._queue and time.monotonic() < until and self._commit_next(link):
                pass
        if link is not None:
            with suppress(OSError):
                link.pump(0.0, reading=False)


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)
