"""What devices are to do: published once at most, and the answers heard."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from fusion_iot_core.commands import Order
from fusion_iot_core.mqtt.link import Link
from fusion_iot_core.protocol.parsers import Message

from ..committer import Committer, Fenced, Retry
from ..settings import Complaints
from ..transient import in_words

_logger = logging.getLogger(__name__)

MOST_UNDER_WAY = 20
"""Messages of ours that the broker has not confirmed; as many as the library sends without waiting."""
AGAIN_AFTER_S = 1.0
LONGEST_PAUSE_S = 60.0
REFUSED = 128
LATER_S = 1.0
"""So long after a deadline by our clock it has passed by the database's, too."""
HELD_S = 2.0
"""So long a command waits for the broker to have sent what it kept for us. Then it is more urgent than its answer."""
ASKED_EVERY_S = 0.25
_Outcome = tuple[bool, str, None]


@dataclass(slots=True)
class _Sent:
    """A command whose answer is waited for.

    :ivar until: a monotonic time
    :ivar after: the first ping on the present connection after which a state is newer than the command; 0 before there
        is one
    """

    order: Order
    until: float
    after: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether nothing but an answer that names it counts."""
        return self.order.exact >= self.order.answers.keys()


class _Pause:
    """When to try again what does not work for a reason that may last. A mistake is logged once."""

    def __init__(self, complaints: Complaints, text: str) -> None:
        self._complaints = complaints
        self._text = text
        self._seconds = AGAIN_AFTER_S
        self._until = 0.0

    def over(self, now: float) -> bool:
        """Whether to try now."""
        return now >= self._until

    def begin(self, now: float, error: Exception) -> None:
        """It has not worked."""
        self._complaints.say(self, self._text, error)
        self._until = now + self._seconds
        self._seconds = min(2 * self._seconds, LONGEST_PAUSE_S)

    def end(self) -> None:
        """It has worked."""
        self._complaints.over(self)
        self._seconds, self._until = AGAIN_AFTER_S, 0.0


class Outbox:
    """The commands of one connection's devices.

    Each is marked as sent, committed, and then published. Whoever dies in between has not published it, and nobody does
    so later: it expires, and a person decides. What was sent before this worker began is listened for, too
    (:meth:`recall`). What answered a command is acknowledged once the outcome is stored (:attr:`unstored`): until then,
    the broker has it for the next worker.

    An answer that names its command counts whenever it comes. All others are states, and a state from before the
    command must not tell that an oven is off. So one counts only after a ping that was sent with the command has come
    back while nothing waited at the broker (:class:`fusion_iot_core.mqtt.backlog.Backlog`). What a device says in the
    meantime is lost as an answer: rather does a command expire that was done.

    :ivar due: whether something new may be waiting in the database
    :ivar awaited: ids of commands by the topic on which an answer may come
    """

    def __init__(
        self, connection_id: int, committer: Committer, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.due = True
        self.awaited: dict[str, set[int]] = {}
        self._connection_id = connection_id
        self._committer = committer
        self._clock = clock
        self._known = False
        self._sent: dict[int, _Sent] = {}
        self._outcomes: dict[int, _Outcome] = {}
        self._link: Link | None = None
        self._under_way: dict[int, int] = {}
        self._not_before = self._held_until = self._ask_from = self._matters_until = 0.0
        self._complaints = Complaints(_logger)
        self._taking = _Pause(self._complaints, "Commands cannot be taken")
        self._concluding = _Pause(self._complaints, "What became of commands cannot be stored")

    @property
    def unstored(self) -> bool:
        """Whether an outcome waits for the database, which cannot take it now: its answer must not be acknowledged yet.

        Not for longer than until the deadline, nor where a mistake of an addon forbids to store it: readings would wait
        for it, too.
        """
        now = self._clock()
        return bool(self._outcomes) and now < self._matters_until and self._concluding.over(now)

    def recall(self) -> None:
        """Before the first message comes: listen for answers to what was sent before this worker began.

        Raises :class:`Fenced` and :class:`Retry`.
        """
        if self._known:
            return
        error, orders = self._orders("_sent_orders")
        if error is not None:
            self._taking.begin(self._clock(), error)
            return
        self._await(orders)
        self._known = True

    def hear(self, message: Message, link: Link | None, duplicate: bool = False) -> None:
        """Look into a message that came on one of the topics in :attr:`awaited`.

        :param link: the connection that it came by
        :param duplicate: whether the broker delivers it again
        """
        is_state_now = not message.retained and not duplicate and link is not None and link is self._link
        for command_id in list(self.awaited.get(message.topic, ())):
            sent = self._sent[command_id]
            is_newer = is_state_now and 0 < sent.after <= link.backlog.passed
            if not is_newer and message.topic not in sent.order.exact:
                continue
            try:
                answer = sent.order.answers[message.topic](message.payload)
            except Exception:  # of whatever addon; the broker would send the message again, and again
                _logger.exception("What came on %s cannot be read as an answer.", message.topic)
                continue
            if answer is not None:
                self._over(command_id, (answer.done, answer.text, None))

    def turn(self, link: Link | None) -> None:
        """Do what there is to do now, which is nothing mostly. Raises :class:`Fenced`.

        :param link: a connection that is up, if there is one
        """
        now = self._clock()
        if link is not self._link:
            self._follow(link, now)
        if link is not None:
            if link.published:
                self._note_confirmed(link)
            self._ask(link, now)
        overdue = [command_id for command_id, sent in self._sent.items() if sent.until + LATER_S <= now]
        if not (self._outcomes or overdue or self.due) or now < self._not_before:
            return
        try:
            if self._outcomes and self._concluding.over(now):
                self._conclude(now)
            if overdue:
                self._expire(overdue)
            if self.due and self._taking.over(now):
                self._take(link, now)
        except Retry:
            self._not_before = now + AGAIN_AFTER_S

    def finish(self) -> None:
        """Store what became of commands, as far as that works: nobody will know it any more. Raises :class:`Fenced`."""
        if self._outcomes:
            with suppress(Retry):
                self._conclude(self._clock())

    # The broker

    def _follow(self, link: Link | None, now: float) -> None:
        """Another connection: what was said on the former one tells nothing of this one."""
        self._link = link
        self._under_way.clear()
        self._held_until, self._ask_from = now + HELD_S, now
        for sent in self._sent.values():
            sent.after = 0

    def _ask(self, link: Link, now: float) -> None:
        """Find out whether what comes now is newer than what was published."""
        backlog = link.backlog
        if now < self._ask_from or backlog.pending:
            return
        if backlog.catching_up or any(
            not 0 < sent.after <= backlog.passed for sent in self._sent.values() if not sent.is_exact
        ):
            self._mark(link, now)

    def _mark(self, link: Link, now: float) -> None:
        number = link.ask()
        self._ask_from = now + ASKED_EVERY_S
        for sent in self._sent.values():
            sent.after = sent.after or number

    # The database

    def _conclude(self, now: float) -> None:
        """All at once; where something in them forbids that, one by one. What cannot be stored is kept for later."""
        outcomes = self._outcomes
        error = self._run(lambda env: env["iot.command"]._conclude(outcomes))
        if error is None:
            outcomes.clear()
        elif len(outcomes) > 1:
            for command_id in list(outcomes):
                one = {command_id: outcomes[command_id]}
                failed = self._run(lambda env, one=one: env["iot.command"]._conclude(one))
                if failed is None:
                    del outcomes[command_id]
                else:
                    error = failed
        if outcomes:
            self._concluding.begin(now, error)
        else:
            self._concluding.end()

    def _expire(self, overdue: list[int]) -> None:
        error = self._run(lambda env: env["iot.command"]._expire(overdue))
        if error is not None:
            # The scheduler does so in the end.
            self._complaints.say("overdue", "Overdue commands cannot be ended", error)
        for command_id in overdue:
            self._forget(command_id)

    def _take(self, link: Link | None, now: float) -> None:
        """Publish what is queued, if that can be done now."""
        self.recall()
        if not self._known:
            return
        room = MOST_UNDER_WAY - len(self._under_way)
        if link is None or room <= 0 or (link.backlog.catching_up and now < self._held_until):
            return
        self.due = False
        try:
            error, orders = self._orders("_take_orders", room)
            if len(orders) == room:
                self.due = True  # and where another thread has set it meanwhile, it stays so
            if error is None:
                self._taking.end()
                self._publish(link, orders)
            else:
                self.due = True
                self._take_apart(link, room, now, error)
        except Retry:
            self.due = True
            raise

    def _take_apart(self, link: Link, room: int, now: float, error: Exception) -> None:
        """One by one: what cannot be taken by its own fault has failed, and keeps no others back."""
        waiting: list[int] = []
        self._run(lambda env: waiting.extend(env["mqtt.device"]._waiting(self._connection_id, room)))
        for command_id in waiting:
            failed, orders = self._orders("_take_orders", 1, [command_id])
            if failed is None:
                self._publish(link, orders)
                continue
            outcome = {command_id: (False, in_words(failed), None)}
            if self._run(lambda env, outcome=outcome: env["iot.command"]._conclude(outcome)) is not None:
                break  # nothing can be written: it is not the command
            _logger.error("The command %s cannot be taken, and has failed.", command_id, exc_info=failed)
        else:
            if waiting:
                self._taking.end()
                return
        self._taking.begin(now, error)

    def _publish(self, link: Link, orders: list[tuple[int, Order, float]]) -> None:
        self._await(orders)
        if orders:
            # Before them, in one piece with them: behind them, a quick device would answer before the ping comes back.
            self._mark(link, self._clock())
        for command_id, order, until in orders:
            left = until - self._clock()
            if left <= 0:
                continue
            try:
                number = link.publish(order.topic, order.payload, left)
            except ValueError as exc:  # a topic with wildcards, or too long
                self._over(command_id, (False, f"It cannot be published to {order.topic}: {exc}", None))
            else:
                self._under_way[number] = command_id

    def _await(self, orders: list[tuple[int, Order, float]]) -> None:
        for command_id, order, until in orders:
            self._sent[command_id] = _Sent(order, until)
            for topic in order.answers:
                self.awaited.setdefault(topic, set()).add(command_id)

    def _note_confirmed(self, link: Link) -> None:
        published, link.published = link.published, {}
        for mid, (code, words) in published.items():
            command_id = self._under_way.pop(mid, None)
            if code >= REFUSED and command_id in self._sent:
                topic = self._sent[command_id].order.topic
                text = f"The broker does not let us publish to {topic}: {words}."
                self._over(command_id, (False, text, None))

    def _over(self, command_id: int, outcome: _Outcome) -> None:
        self._outcomes[command_id] = outcome
        self._matters_until = max(self._matters_until, self._sent[command_id].until)
        self._forget(command_id)

    def _forget(self, command_id: int) -> None:
        sent = self._sent.pop(command_id, None)
        for topic in sent.order.answers if sent else ():
            waiting = self.awaited[topic]
            waiting.discard(command_id)
            if not waiting:
                del self.awaited[topic]

    def _orders(self, method: str, *args: object) -> tuple[Exception | None, list[tuple[int, Order, float]]]:
        """Ids, orders, and until when (monotonic) each may be published; none of them where there is an error: what is
        not marked as sent would be published again.
        """
        # Read before the transaction, in whose course the process may be frozen for any time.
        now = self._clock()
        found: list[tuple[int, Order, float]] = []
        error = self._run(
            lambda env: found.extend(getattr(env["mqtt.device"], method)(self._connection_id, *args))
        )
        if error is not None:
            return error, []
        return None, [(command_id, order, now + seconds) for command_id, order, seconds in found]

    def _run(self, work: Callable) -> Exception | None:
        """Run ``work`` and commit it. A mistake in what addons do about it is returned: it must not cost the
        connection.
        """
        try:
            self._committer.run(work)
        except (Fenced, Retry):
            raise
        except Exception as exc:  # noqa: BLE001 - of whatever addon
            return exc
        return None
