"""Nothing is lost and nothing counted twice: kills, lost answers, clocks that are wrong, and all of it at random."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from fusion_iot_core.queue.backlog import UNKNOWN_AGAIN_MS
from tests.unit.agent_cases import KNOWN, START_MS, FakeClock, Rig

DAY_S = 86_400
YEAR_MS = 365 * DAY_S * 1000


@pytest.fixture
def rig(tmp_path):
    made = Rig(tmp_path)
    yield made
    made.drop()


def test_an_ordinary_day(rig):
    for serial in KNOWN * 5:
        rig.take(serial=serial)
        rig.send()
    rig.check(tolerance_ms=0)
    assert rig.backlog.count == 0


def test_the_server_is_away_for_a_day(rig):
    rig.client.faults = ["away"] * 60
    for _ in range(60):
        rig.take(20)
        assert rig.sender.step() > 0
    assert rig.backlog.count == 1200
    rig.send()
    rig.check(tolerance_ms=0)


@pytest.mark.parametrize("fault", ["away", "lost", 401, 429, 500, 503])
def test_killed_after_a_try(rig, fault):
    rig.take(120)
    rig.client.faults = [fault]
    rig.sender.step()
    rig.start()
    rig.take(5)
    rig.send()
    rig.check(tolerance_ms=0)


def test_readings_before_the_clock_was_set_get_their_real_time(tmp_path):
    clock = FakeClock(synchronised=False)
    clock.wrong = -3 * YEAR_MS
    rig = Rig(tmp_path, clock)
    rig.take(30)
    assert rig.sender.step() is None
    assert rig.server.requests == 0
    clock.wrong, clock.kept = 0, True
    rig.take(30)
    rig.send()
    rig.check(tolerance_ms=0)
    rig.drop()


def test_without_ntp_the_servers_clock_tells_that_the_own_is_right(tmp_path):
    clock = FakeClock(synchronised=False)
    clock.wrong = 20_000
    rig = Rig(tmp_path, clock)
    rig.take(3)
    rig.send()
    rig.check(tolerance_ms=20_000)
    clock.wrong = 3_600_000
    rig.take(3)
    assert rig.timekeeper.offset() is None, "it was moved, and nobody says that it is right"
    clock.wrong = 1_000
    clock.pass_ms(60_000)
    rig.send()
    rig.check(tolerance_ms=20_000)
    rig.drop()


def test_a_clock_that_is_set_back_does_not_reorder(rig):
    rig.clock.wrong = 120_000
    rig.take(10)
    rig.send()
    rig.clock.wrong = 0
    rig.take(10)
    rig.send()
    rig.check(tolerance_ms=121_000)


def test_a_clock_far_ahead_does_no_harm(rig):
    """The server refuses such signatures; what was timed in vain is timed anew."""
    rig.clock.wrong = YEAR_MS
    rig.take(10)
    for _ in range(3):
        rig.sender.step()
    rig.clock.wrong = 0
    rig.take(10)
    rig.send()
    rig.check(tolerance_ms=0)


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("ahead_ms", [200_000, 290_000, 600_000, 2_000_000, 4_000_000])
def test_a_clock_that_goes_back_after_a_try_without_an_answer(rig, ahead_ms, killed):
    """What may be on the server keeps its time, and waits until the server can know it by that."""
    rig.clock.wrong = ahead_ms
    rig.take(10)
    rig.client.faults = ["lost"]
    rig.sender.step()
    rig.clock.wrong = 0
    if killed:
        rig.start()
    rig.sender.step()
    for _ in range(80):
        rig.take(1, every_ms=60_000)
        rig.send()
    rig.check(tolerance_ms=ahead_ms)


def test_after_a_restart_times_are_those_of_the_former_start(rig):
    rig.take(20)
    rig.clock.restart("boot-2")
    rig.start()
    rig.take(20)
    rig.send()
    rig.check(tolerance_ms=0)


def test_a_start_during_which_the_clock_was_never_set(tmp_path, caplog):
    clock = FakeClock(synchronised=False)
    clock.wrong = -50_000
    rig = Rig(tmp_path, clock)
    rig.take(5)
    clock.restart("boot-2")
    clock.wrong, clock.kept = 0, True
    rig.start()
    rig.take(5)
    rig.send()
    rig.check(tolerance_ms=50_000)
    assert "never set" in caplog.text
    rig.drop()


def test_many_values_within_a_millisecond_stay_apart(rig):
    rig.take(20, every_ms=0)
    rig.send()
    rig.check(tolerance_ms=20)


def test_an_unknown_probe_waits_and_holds_up_nobody(rig, caplog):
    rig.server.known.discard(KNOWN[1])
    for serial in KNOWN * 20:
        rig.take(serial=serial)
    rig.send()
    assert rig.backlog.unknown == [KNOWN[1]]
    assert rig.backlog.count == 20
    requests = rig.server.requests
    rig.send()
    assert rig.server.requests == requests
    rig.server.known.add(KNOWN[1])
    rig.clock.pass_ms(UNKNOWN_AGAIN_MS)
    rig.send()
    rig.check(tolerance_ms=0)
    assert len([record for record in caplog.records if "does not know" in record.message]) == 1


def test_an_unknown_probe_is_tried_with_one_reading(rig):
    rig.server.known.discard(KNOWN[1])
    rig.take(200, serial=KNOWN[1])
    rig.send()
    for _ in range(3):
        rig.clock.pass_ms(UNKNOWN_AGAIN_MS)
        before = rig.server.requests
        rig.send()
        assert rig.server.requests == before + 1
    assert rig.backlog.count == 200


@pytest.mark.parametrize("readings", [1, 50])
def test_a_probe_that_is_being_set_up_is_tried_soon_and_then_more_seldom(rig, readings):
    rig.server.known.discard(KNOWN[1])
    rig.take(readings, serial=KNOWN[1])
    rig.send()
    tried = []
    for second in range(1, 500):
        rig.clock.pass_ms(1000)
        before = rig.server.requests
        rig.send()
        tried += [second] * (rig.server.requests - before)
    assert tried == [5, 15, 35, 75, 155, 275, 395]


def test_a_probe_that_is_not_covered_waits_and_holds_up_nobody(rig, caplog):
    rig.server.foreign = {KNOWN[1]}
    for serial in KNOWN * 20:
        rig.take(serial=serial)
    rig.send()
    assert (rig.backlog.uncovered, rig.backlog.unknown) == ([KNOWN[1]], [])
    assert rig.backlog.count == 20
    assert {serial for serial, _at, _value in rig.server.stored} == set(KNOWN) - {KNOWN[1]}
    requests = rig.server.requests
    rig.send()
    assert rig.server.requests == requests
    rig.start()
    rig.send()
    rig.server.foreign = set()
    rig.clock.pass_ms(UNKNOWN_AGAIN_MS)
    rig.send()
    rig.check(tolerance_ms=0)
    assert (rig.backlog.uncovered, rig.backlog.count) == ([], 0)
    assert (
        len([record for record in caplog.records if "does not cover" in record.message]) == 2
    )  # one a start


def test_a_probe_that_is_still_not_covered_is_tried_alone_and_ever_more_seldom(rig):
    rig.server.foreign = {KNOWN[1]}
    rig.take(20, serial=KNOWN[1])
    rig.send()
    post, posts = rig.client.post, []
    rig.client.post = lambda batch: (posts.append({item.sample.serial for item in batch}), post(batch))[1]
    for _ in range(500):
        rig.take(serial=KNOWN[0])
        rig.send()
    assert rig.backlog.count == 20
    assert {*map(frozenset, posts)} == {frozenset({KNOWN[0]}), frozenset({KNOWN[1]})}
    assert posts.count({KNOWN[1]}) <= 500 * 10_000 / UNKNOWN_AGAIN_MS + 7


def test_of_probes_that_were_not_covered_those_that_are_go_on(rig):
    rig.server.foreign = set(KNOWN)
    for serial in KNOWN:
        rig.take(serial=serial)
    rig.send()
    assert rig.backlog.uncovered == sorted(KNOWN)
    rig.server.foreign = {KNOWN[0]}
    rig.clock.pass_ms(UNKNOWN_AGAIN_MS)
    rig.send()
    assert rig.backlog.uncovered == [KNOWN[0]]
    assert rig.backlog.count == 1


def test_an_unknown_probe_takes_a_part_of_the_store_only(tmp_path):
    rig = Rig(tmp_path, max_rows=100)
    rig.server.known.discard(KNOWN[1])
    rig.take(serial=KNOWN[1])
    rig.send()
    rig.take(50, serial=KNOWN[1])
    assert rig.backlog.count == 20
    rig.drop()


def test_refused_readings_are_set_aside(rig, caplog):
    rig.take(3)
    batch = rig.backlog.batch(10)
    rig.backlog.settle(batch, {1: ("invalid_value", "Correct the unit of the sensor.")})
    assert rig.backlog.count == 0
    assert rig.keeper._store.refused_count() == 1
    assert "Correct the unit" in caplog.text


def test_a_full_store_keeps_the_oldest(tmp_path, caplog):
    rig = Rig(tmp_path, max_rows=100)
    rig.take(150)
    assert (rig.backlog.count, rig.backlog.lost) == (100, 50)
    rig.send()
    kept = rig.ledger = rig.ledger[:100]
    rig.check(tolerance_ms=0)
    rig.take(10)
    rig.send()
    rig.check(tolerance_ms=0)
    assert len(kept) == 110
    assert len([record for record in caplog.records if "lost" in record.message]) <= 2
    rig.drop()


@settings(max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
class AnythingMayHappen(RuleBasedStateMachine):
    """Faults in any order; at the end the server comes back, and everything is there once."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.rig = Rig(Path(self.folder.name), FakeClock(start_ms=START_MS), batch=7)
        self.boots = 1

    @rule(count=st.integers(1, 12), serial=st.sampled_from(KNOWN), every=st.sampled_from([0, 1, 300, 10_000]))
    def take(self, count, serial, every):
        self.rig.take(count, serial=serial, every_ms=every)

    @rule(faults=st.lists(st.sampled_from(["away", "lost", 401, 429, 500, 503, None]), max_size=4))
    def send(self, faults):
        self.rig.client.faults = faults
        for _ in range(len(faults) + 1):
            self.rig.sender.step()
        self.rig.client.faults = []

    @rule(
        wrong=st.sampled_from(
            [0, 1_000, -5_000, 100_000, -200_000, 280_000, 500_000, 2_000_000, 5_000_000, -9_000_000]
        )
    )
    def set_the_clock(self, wrong):
        self.rig.clock.wrong = wrong

    @rule(kept=st.booleans())
    def lose_or_find_ntp(self, kept):
        self.rig.clock.kept = kept

    @rule()
    def kill(self):
        self.rig.start()

    @rule(off=st.sampled_from([1_000, 60_000, 36_000_000]))
    def restart_the_device(self, off):
        self.boots += 1
        self.rig.clock.restart(f"boot-{self.boots}", off)
        self.rig.start()

    @rule(serial=st.sampled_from(KNOWN))
    def forget_a_probe(self, serial):
        self.rig.server.known.discard(serial)

    @rule(serials=st.sets(st.sampled_from(KNOWN)))
    def take_probes_out_of_the_credential(self, serials):
        self.rig.server.foreign = serials

    @rule()
    def know_all_probes(self):
        self.rig.server.known.update(KNOWN)
        self.rig.server.foreign = set()

    def teardown(self):
        self.know_all_probes()
        self.rig.clock.wrong, self.rig.clock.kept = 0, True
        for _ in range(80):
            self.rig.clock.pass_ms(UNKNOWN_AGAIN_MS)
            self.rig.send()
        self.rig.check()
        self.rig.drop()
        self.folder.cleanup()


TestAnythingMayHappen = AnythingMayHappen.TestCase
