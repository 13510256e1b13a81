"""The client of one MQTT connection: receive, commit, acknowledge, in this order."""

from __future__ import annotations

import json
import logging
import time
from contextlib import suppress

from fusion_iot_core.mqtt.inbound import Inbound
from fusion_iot_core.mqtt.inbox import Inbox
from fusion_iot_core.mqtt.link import GivenUp, Link
from fusion_iot_core.mqtt.meter import Meter
from fusion_iot_core.mqtt.pauses import Pauses
from fusion_iot_core.mqtt.reader import Reader
from fusion_iot_core.mqtt.receipts import Receipts
from fusion_iot_core.mqtt.resumed import Resumed
from fusion_iot_core.mqtt.spec import MqttSpec
from fusion_iot_core.mqtt.trouble import TAKEN_OVER, BadSettings, Refused, describe
from fusion_iot_core.mqtt.window import WindowGuess
from fusion_iot_core.protocol.topics import without_covered

from ..committer import Retry
from ..kinds import Health, Tenure
from ..thread_worker import ThreadWorker
from .outbox import Outbox
from .surplus import Surplus
from .writer import Writer

_logger = logging.getLogger(__name__)

FLUSH_AT_STOP_S = 4.0
IDLE_S = 1.0


class MqttWorker(ThreadWorker):
    """Keeps one connection up and commits what comes.

    One thread does it all: it reads what the network has, commits a batch when it is large or old enough, and only
    then acknowledges it. While a commit takes its time the broker waits with the rest; nothing is locked, and nothing
    is acknowledged that is not in the database. What was received and is not committed yet stays in the inbox over
    disconnections, too.
    """

    expected = (OSError, Refused, BadSettings)
    receipt_bytes = 512 * 1024
    """A connection can have 65,535 messages under way, of 8 bytes each."""

    def __init__(self, spec: MqttSpec, tenure: Tenure) -> None:
        super().__init__(spec, tenure, spec.name, f"mqtt.{spec.id}")
        self._receipts = Receipts()
        self._resumed = Resumed()
        self._inbox = Inbox(self._receipts)
        self._meter = Meter()
        self._writer = Writer(spec, self._committer, self._inbox, self._receipts, self._resumed, self._meter)
        self._outbox = Outbox(spec.id, self._committer)
        self._link: Link | None = None
        self._pauses = Pauses()
        self._subscribed: tuple[str, ...] = ()
        self._reader: Reader | None = None
        self._surplus: Surplus | None = None
        self._window = WindowGuess()

    def update(self, spec: MqttSpec) -> bool:
        """Also have commands sent that came since the last settings."""
        if spec.newest_command not in (0, self._wanted.newest_command):
            self._outbox.due = True
        return super().update(spec)

    def nudge(self) -> bool:
        """There are commands."""
        self._outbox.due = True
        self._wake()
        return True

    def join(self, timeout: float) -> bool:
        """Wait for the end; ``False`` when it did not come in time.

        A thread that has nothing left to do, and is only held up by a host that does not answer, is not waited for.
        """
        return self._held_up or super().join(timeout) or self._held_up

    def health(self) -> Health:
        """How it is."""
        health = super().health()
        if surplus := self._surplus:
            surplus.describe(health)
        return health

    def _figures(self) -> dict[str, object]:
        rate, lag = self._meter.figures()
        return {
            "queue_depth": len(self._inbox),
            "rate": rate,
            "lag": lag,
            "full_since": self._meter.full_since(),
        }

    @property
    def _held_up(self) -> bool:
        link = self._link
        return self._stopping.is_set() and link is not None and link.dialling and not self._inbox

    def _takes(self, spec: MqttSpec) -> bool:
        """Changed devices and batch settings; anything else needs a new connection."""
        return self._spec.same_link(spec)

    def _wake(self) -> None:
        if link := self._link:
            link.wake()

    def _in_words(self, error: BaseException) -> tuple[str, bool]:
        trouble = describe(error, self._spec)
        return trouble.message, trouble.lasting

    def _pause_after(self, error: BaseException | None, lasted: float | None) -> float:
        lasting = error is not None and not isinstance(error, Retry) and self._in_words(error)[1]
        evicted = isinstance(error, Refused) and error.code == TAKEN_OVER
        return self._pauses.after(lasted, lasting=lasting, evicted=evicted)

    # The connection

    def _serve(self) -> None:
        """One network connection, with what has to be known before."""
        with suppress(GivenUp):
            self._prepare()
            self._receive_all()

    def _prepare(self) -> None:
        """What has to be known before the first message: what was committed, whose topics are whose."""
        if self._reader is None:
            # All of it, or nothing: where the database goes away in between, the next attempt begins anew.
            now, receipts = time.monotonic(), self._committer.receipts()
            subscribed, routes = tuple(self._known_subscriptions()), self._routes()
            for entries, age, new in receipts:
                self._receipts.add(entries, now - age, new)
            self._subscribed = subscribed
            self._reader = Reader(routes, bool(self._wanted.discovery_filter), self._wanted.company)
            self._surplus = Surplus(self._wanted, self._reader, self._writer.log)
            self._writer.reader, self._writer.surplus = self._reader, self._surplus
        self._outbox.recall()
        self._take_over()

    def _receive_all(self) -> None:
        """One network connection, from the beginning to whatever ends it."""
        self._health.state = "connecting"
        self._inbox.link += 1
        link = self._link = Link(
            self._spec,
            self._receive,
            self._stopping.is_set,
            number=self._inbox.link,
            gate=self._surplus.gate,
        )
        try:
            link.open()
            if link.resumed:
                self._resumed.begin(self._inbox.link, self._receipts, self._inbox.digests())
            self._subscribe(link, anew=True)
            self._up()
            _logger.info("%s: connected to %s:%s.", self._spec.name, self._spec.host, self._spec.port)
            while not self._stopping.is_set():
                self._health.moved = time.monotonic()
                if self._wanted is not self._spec and self._take_over():
                    self._subscribe(link)
                before = len(self._inbox)
                link.pump(self._pause(), reading=not self._inbox.full)
                self._window.saw(len(self._inbox), len(self._inbox) > before)
                if not self._inbox and not link.behind:
                    self._meter.idle()
                # Before the flush acknowledges it: what became of a command is stored first.
                self._outbox.turn(link)
                self._flush(link)
                self._surplus.tell(self._committer)
            self._flush_at_stop(link)
        finally:
            self._link = None
            link.close()

    def _rest(self, seconds: float) -> None:
        """Wait before the next attempt; what was received is committed meanwhile."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            self._health.moved = time.monotonic()
            self._outbox.turn(None)
            self._flush(None)
            self._stopping.wait(min(left, self._pause()))

    # Settings

    def _take_over(self) -> bool:
        """Use the settings as they are now; whether other topics may be of interest than before."""
        wanted, before = self._wanted, self._spec
        if wanted.routes_version != before.routes_version:
            self._reader.use(self._routes())
        self._reader.discovering = bool(wanted.discovery_filter)
        self._reader.company = wanted.company
        self._spec, self.name = wanted, wanted.name
        if wanted is not before:
            self._writer.use(wanted)
            self._surplus.use(wanted)
        return _topics(wanted) != _topics(before)

    def _routes(self) -> list:
        found: list = []

        def load(env) -> None:
            found.extend(env["mqtt.device"]._routes([self._spec.id]))

        self._committer.look(load)
        return found

    def _known_subscriptions(self) -> list[str]:
        [(known,)] = self._committer.rows(
            "SELECT memo -> 'subscriptions' FROM iot_runtime_worker WHERE id = %(id)s"
        )
        return known or []

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
            # So that the broker can be told to give them up, whoever is the owner then.
            self._committer.rows(
                "UPDATE iot_runtime_worker SET memo = %(memo)s WHERE id = %(id)s AND epoch = %(epoch)s",
                memo=json.dumps({"subscriptions": wanted}),
            )
            self._subscribed = wanted

    # Messages

    def _receive(self, inbound: Inbound) -> None:
        if self._outbox.awaited and inbound.message.topic in self._outbox.awaited:
            self._outbox.hear(inbound.message, self._link, inbound.duplicate)
        if not self._inbox.receive(inbound):
            self._link.acknowledge([inbound.mid])

    def _pause(self) -> float:
        """Seconds to wait for the network before there is something to commit."""
        if not self._inbox or self._outbox.unstored:
            return IDLE_S
        if pause := self._writer.pause:
            return min(pause, IDLE_S)
        if self._writer.pending or self._ripe(len(self._inbox)):
            return 0.0
        return max(0.0, self._spec.flush_interval / 1000 - self._inbox.age)

    def _ripe(self, waiting: int) -> bool:
        return waiting >= self._writer.limit or self._window.closed(waiting)

    def _flush(self, link: Link | None) -> None:
        """Commit and acknowledge the next batch, if it is large or old enough.

        Only one: whatever waits behind it, the broker has to hear from us in between.
        """
        if not self._inbox or self._writer.pause or self._outbox.unstored:
            return
        waiting = len(self._inbox)
        aged = self._inbox.age >= self._spec.flush_interval / 1000
        if self._writer.pending or self._ripe(waiting) or aged or link is None or self._stopping.is_set():
            if waiting < self._writer.limit:
                (self._window.flushed if aged else self._window.committed)(waiting)
            self._commit_next(link)

    def _commit_next(self, link: Link | None) -> bool:
        """Commit the oldest messages; ``False`` when that has to be tried again later."""
        try:
            acknowledged = self._writer.commit_next()
        except Retry as exc:
            if self._writer.retries >= 2:
                self._trouble("retrying", str(exc))
            return False
        if link is not None:
            link.acknowledge(acknowledged)
        health = self._health
        health.message_count, health.error_count = self._meter.messages, self._meter.errors
        if link is not None and health.state == "retrying":
            health.state = "connected"
        return True

    def _finish(self) -> None:
        self._flush_at_stop()

    def _flush_at_stop(self, link: Link | None = None) -> None:
        until = time.monotonic() + FLUSH_AT_STOP_S
        self._outbox.finish()
        # What answered a command comes again, then: to the next owner.
        heard = None if self._outbox.unstored else link
        with suppress(Retry):
            while self._inbox and time.monotonic() < until and self._commit_next(heard):
                pass
        if link is not None:
            with suppress(OSError):
                link.pump(0.0, reading=False)


def _topics(spec: MqttSpec) -> tuple[str, str]:
    return spec.routes_version, spec.discovery_filter
