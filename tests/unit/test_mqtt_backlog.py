"""When a message can be older than what was sent before it."""

import pytest

from fusion_iot_core.mqtt.backlog import QUIET_S, SMALLEST_WINDOW, Backlog


class Connection:
    """The backlog of a connection, with a clock that stands still."""

    def __init__(self, resumed=False):
        self.now = 100.0
        self.backlog = Backlog(lambda: self.now)
        self.backlog.catching_up = resumed

    def receive(self, count=1):
        for _ in range(count):
            self.backlog.receive()

    def ping(self, received=0, later=0.0):
        """A ping goes out and comes back, with so many messages before it."""
        self.now += later
        self.backlog.ask()
        self.receive(received)
        self.backlog.answer()
        return self.backlog.passed == self.backlog.asked


def test_nothing_has_passed_before_a_ping_came_back():
    connection = Connection()
    connection.backlog.ask()
    assert connection.backlog.pending
    assert connection.backlog.passed == 0
    connection.backlog.answer()
    assert not connection.backlog.pending
    assert connection.backlog.passed == 1


def test_a_few_that_are_not_stored_yet_are_no_backlog():
    connection = Connection()
    connection.receive(3)
    assert connection.ping(received=1)


def test_a_window_that_may_be_full_hides_what_waits():
    connection = Connection()
    connection.receive(SMALLEST_WINDOW)
    assert not connection.ping()
    connection.backlog.acknowledge(SMALLEST_WINDOW)
    assert not connection.ping(received=SMALLEST_WINDOW), "it sends the next ones at once"
    connection.backlog.acknowledge(SMALLEST_WINDOW)
    assert connection.ping(received=SMALLEST_WINDOW - 1), "it had room for one more, and did not use it"


@pytest.mark.parametrize("window", [1, 2, 20])
def test_a_resumed_session_is_caught_up_when_nothing_comes_for_a_while(window):
    connection = Connection(resumed=True)
    connection.receive(window)
    for _ in range(3):
        connection.backlog.acknowledge(window)
        assert not connection.ping(received=window, later=QUIET_S)
    connection.backlog.acknowledge(window)
    assert not connection.ping(later=QUIET_S), "the broker may fetch it from somewhere"
    assert not connection.ping(later=QUIET_S / 2)
    assert connection.ping(later=QUIET_S / 2)
    assert not connection.backlog.catching_up


def test_what_comes_in_between_begins_the_while_anew():
    connection = Connection(resumed=True)
    assert not connection.ping()
    connection.receive()
    assert not connection.ping(later=QUIET_S)
    connection.backlog.acknowledge(1)
    assert not connection.ping(later=QUIET_S)
    assert connection.ping(later=QUIET_S)


def test_a_busy_connection_catches_up_without_ever_being_empty():
    connection = Connection(resumed=True)
    connection.receive(20)
    connection.backlog.acknowledge(20)
    assert not connection.ping(received=20)
    connection.backlog.acknowledge(20)
    assert not connection.ping(received=7)
    connection.backlog.acknowledge(7)
    assert connection.ping(received=5, later=QUIET_S)


def test_an_answer_that_nobody_asked_for():
    connection = Connection()
    connection.backlog.answer()
    assert connection.backlog.passed == 0
