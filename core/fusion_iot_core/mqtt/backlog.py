"""Whether what a broker sends can be older than something that we have sent.

MQTT has no times. What it has is order: a broker works off what it gets on a connection one after the other, and what
it sends arrives as it was sent. So a ping that comes back says that the broker has everything we sent before it. Of
what comes later, only that can be older which waited at the broker meanwhile. A broker lets messages of QoS 1 wait
while as many are unacknowledged as it allows itself, and right after it has resumed a session; it says neither. What
can be said is when nothing waits: when fewer are unacknowledged than there were at another time, or none at all.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

SMALLEST_WINDOW = 10
"""No broker allows itself fewer unacknowledged messages unless it is told to. (HiveMQ and RabbitMQ have 10, Mosquitto
20, EMQX 32.)"""
QUIET_S = 0.5
"""A broker that fetches what it has kept from somewhere else may answer a ping in between."""


class _Question(NamedTuple):
    number: int
    acknowledged: int
    at: float


class Backlog:
    """What waits at the broker for one network connection, as far as pings tell.

    :ivar catching_up: whether the broker has resumed our session, and may still send what it kept
    :ivar asked: how many pings were sent
    :ivar passed: the latest ping at whose return nothing waited: what was received after it is newer than what we sent
        before it
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.catching_up = False
        self.asked = self.passed = 0
        self._clock = clock
        self._questions: deque[_Question] = deque()
        self._received = self._acknowledged = self._most = 0
        self._quiet_since: float | None = None

    @property
    def pending(self) -> bool:
        """Whether a ping has not come back."""
        return bool(self._questions)

    def receive(self) -> None:
        """A message that has to be acknowledged was received."""
        self._received += 1
        # The broker has this many under way, or more: it need not have seen what we have acknowledged last.
        self._most = max(self._most, self._received - self._acknowledged)

    def acknowledge(self, count: int) -> None:
        """So many acknowledgements were sent."""
        self._acknowledged += count

    def ask(self) -> None:
        """A ping was sent."""
        self.asked += 1
        self._questions.append(_Question(self.asked, self._acknowledged, self._clock()))

    def answer(self) -> None:
        """A ping came back."""
        if not self._questions:
            return
        question = self._questions.popleft()
        if not self._is_drained(self._received - question.acknowledged):
            self._quiet_since = None
        elif not self.catching_up:
            self.passed = question.number
        elif self._quiet_since is None:
            self._quiet_since = self._clock()
        elif question.at - self._quiet_since >= QUIET_S:
            self.catching_up = False
            self.passed = question.number

    def _is_drained(self, under_way: int) -> bool:
        """Whether the broker would have sent more by now, if it had more.

        :param under_way: messages that it had not seen acknowledged when it answered
        """
        if under_way == 0 or under_way < self._most:
            return True
        return not self.catching_up and self._most < SMALLEST_WINDOW
