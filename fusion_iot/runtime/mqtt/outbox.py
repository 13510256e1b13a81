"""What devices are to do: published once at most, and the answers heard."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from fusion_iot_core.commands import Order
from fusion_iot_core.mqtt.link import Link
from fusion_iot_core.protocol.parsers import Message

from ..committer import Committer, Fenced, Retry

_logger = logging.getLogger(__name__)

MOST_UNDER_WAY = 20
"""Messages of ours that the broker has not confirmed; as many as the library sends without waiting."""
AGAIN_AFTER_S = 1.0
REFUSED = 128
LATER_S = 1.0
"""So long after a deadline by our clock it has passed by the database's, too."""
_Outcome = tuple[bool, str, None]


@dataclass(frozen=True, slots=True)
class _Sent:
    """A command whose answer is waited for.

    :ivar until: a monotonic time
    :ivar link: the connection on which it was published; ``None`` where that was before this worker began
    """

    order: Order
    until: float
    link: Link | None


class Outbox:
    """The commands of one connection's devices.

    Each is marked as sent, committed, and then published. Whoever dies in between has not published it, and nobody does
    so later: it expires, and a person decides. What was sent before this worker began is listened for, too.

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
        self._not_before = 0.0

    def hear(self, message: Message, repeated_on: Link | None = None) -> None:
        """Look into a message that came on one of the topics in :attr:`awaited`.

        What the broker had kept is of unknown age, and no answer. What it repeats is older than the connection, and so
        than the commands that were published on it.

        :param repeated_on: the connection, where the message is marked as a duplicate
        """
        if message.retained:
            return
        for command_id in list(self.awaited.get(message.topic, ())):
            sent = self._sent[command_id]
            if repeated_on is not None and sent.link is repeated_on:
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
            self._link = link
            self._under_way.clear()
        if link is not None and link.published:
            self._note_confirmed(link)
        overdue = [command_id for command_id, sent in self._sent.items() if sent.until + LATER_S <= now]
        if not (self._outcomes or overdue or self.due) or now < self._not_before:
            return
        try:
            if self._outcomes:
                self._conclude()
            if overdue:
                self._run(lambda env: env["iot.command"]._expire(overdue))
                for command_id in overdue:
                    self._forget(command_id)
            if not self._known:
                self._await(self._orders("_sent_orders"), None)
                self._known = True
            if self.due and link is not None:
                self._publish(link)
        except Retry:
            self._not_before = now + AGAIN_AFTER_S

    def _conclude(self) -> None:
        """All at once; where something in them forbids that, one by one, so that it costs that one only."""
        outcomes = self._outcomes
        if not self._run(lambda env: env["iot.command"]._conclude(outcomes)) and len(outcomes) > 1:
            for command_id in list(outcomes):
                one = {command_id: outcomes[command_id]}
                self._run(lambda env, one=one: env["iot.command"]._conclude(one))
                del outcomes[command_id]
        self._outcomes = {}

    def _publish(self, link: Link) -> None:
        room = MOST_UNDER_WAY - len(self._under_way)
        if room <= 0:
            return
        self.due = False
        try:
            orders = self._orders("_take_orders", room)
        except Retry:
            self.due = True
            raise
        if len(orders) == room:
            self.due = True  # and where another thread has set it meanwhile, it stays so
        self._await(orders, link)
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

    def _await(self, orders: list[tuple[int, Order, float]], link: Link | None) -> None:
        for command_id, order, until in orders:
            self._sent[command_id] = _Sent(order, until, link)
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
        self._forget(command_id)

    def _forget(self, command_id: int) -> None:
        sent = self._sent.pop(command_id, None)
        for topic in sent.order.answers if sent else ():
            waiting = self.awaited[topic]
            waiting.discard(command_id)
            if not waiting:
                del self.awaited[topic]

    def _orders(self, method: str, *args: int) -> list[tuple[int, Order, float]]:
        """Ids, orders, and until when (monotonic) each may be published."""
        # Read before the transaction, in whose course the process may be frozen for any time.
        now = self._clock()
        found: list[tuple[int, Order, float]] = []
        if not self._run(
            lambda env: found.extend(getattr(env["mqtt.device"], method)(self._connection_id, *args))
        ):
            # Nothing of it is marked as sent: published now, it would be published again.
            raise Retry("The commands could not be taken.")
        return [(command_id, order, now + seconds) for command_id, order, seconds in found]

    def _run(self, work: Callable) -> bool:
        """Run ``work`` and commit it; whether that was done. A mistake in what addons do about it costs the command,
        not the connection.
        """
        try:
            self._committer.run(work)
        except (Fenced, Retry):
            raise
        except Exception:
            _logger.exception("Commands could not be worked on.")
            return False
        return True
