"""What may pass once in a while."""

import pytest

from fusion_iot_core.throttle import Throttle


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_key_passes_once_in_the_interval(clock):
    throttle = Throttle(interval=10.0, clock=clock)
    assert throttle.due("a")
    assert throttle.due("b")
    assert not throttle.due("a")
    clock.now = 9.9
    assert not throttle.due("a")
    clock.now = 10.0
    assert throttle.due("a")
    assert not throttle.due("a")


def test_many_devices_are_throttled_as_few_are(clock):
    throttle = Throttle(interval=15.0, clock=clock)
    keys = [(device, channel) for device in range(2_001) for channel in range(5)]
    passed = []
    for second in range(30):
        clock.now = float(second)
        passed.append(sum(throttle.due(key) for key in keys))
    assert passed == [len(keys) * (second in (0, 15)) for second in range(30)]


def test_it_remembers_no_longer_than_it_has_to_and_not_without_bound(clock):
    throttle = Throttle(interval=10.0, size=3, clock=clock)
    for key in "abcd":
        assert throttle.due(key)
    assert list(throttle._passed) == ["b", "c", "d"]
    assert throttle.due("a"), "it was forgotten early"
    clock.now = 10.0
    assert throttle.due("e")
    assert list(throttle._passed) == ["e"]


def test_keys_are_forgotten_and_given_back(clock):
    throttle = Throttle(interval=10.0, clock=clock)
    for key in "abc":
        throttle.due(key)
    throttle.forget("a")
    throttle.give_back(["b", "unknown"])
    assert [throttle.due(key) for key in "abc"] == [True, True, False]
    throttle.forget()
    assert throttle.due("c")
