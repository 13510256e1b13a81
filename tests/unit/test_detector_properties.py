"""What holds for the session detector whatever a meter says, and whoever asks in between."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fusion_iot_core.detector import (
    Heartbeat,
    Phase,
    Sample,
    SessionConfig,
    SessionEnded,
    SessionStarted,
    SessionState,
    SessionVoided,
    StateChanged,
    advance,
    due_at,
    manual_start,
    manual_stop,
    replay,
    tick,
)
from tests.unit.detector_cases import START, at, seconds, stored

WATTS = st.sampled_from([0, 0, 3, 15, 19.9, 20, 35, 60, 99.9, 100, 101.5, 500, 2200]) | st.floats(0, 3000)
SECONDS = st.integers(1, 40) | st.floats(0.000001, 400) | st.sampled_from([3, 15, 20, 150])

CONFIGS = st.builds(
    SessionConfig,
    standby_threshold_w=st.sampled_from([15, 20]),
    working_threshold_w=st.sampled_from([50, 100]),
    start_threshold_w=st.sampled_from([None, None, 40]),
    stop_threshold_w=st.sampled_from([None, 10]),
    working_stop_threshold_w=st.sampled_from([None, 45]),
    start_debounce_s=st.sampled_from([0, 3, 30]),
    stop_debounce_s=st.sampled_from([0, 15]),
    message_timeout_s=st.sampled_from([20, 150]),
    start_energy_wh=st.sampled_from([0, 0, 0.5]),
    min_off_gap_s=st.sampled_from([0, 0, 120]),
    resume_debounce_s=st.sampled_from([0, 0, 10]),
    resume_energy_wh=st.sampled_from([0, 0, 0.2]),
    false_zero_s=st.sampled_from([0, 0, 5, 18]),
    heartbeat_interval_s=st.sampled_from([0, 10, 60]),
)
PLAIN_CONFIGS = st.builds(
    SessionConfig,
    standby_threshold_w=st.just(20),
    working_threshold_w=st.sampled_from([20, 100]),
    start_debounce_s=st.integers(0, 20),
    stop_debounce_s=st.integers(0, 40),
    min_off_gap_s=st.integers(0, 60),
    message_timeout_s=st.integers(10, 60),
)


@st.composite
def messages(draw, most=40):
    """Messages in order of time, with a counter or without."""
    counter = draw(st.none() | st.floats(0, 1e6))
    said, moment = [], START
    gaps = SECONDS | st.just(0)
    for gap, watts in draw(st.lists(st.tuples(gaps, WATTS | st.none()), max_size=most)):
        moment += timedelta(seconds=gap)
        if counter is not None:
            counter = draw(st.sampled_from([counter, counter + 0.25, counter + 10, 0.0]))
        said.append(Sample(moment, watts, counter))
    return said


def straight(config, said, until=None):
    """All in one batch."""
    state, events = advance(SessionState(), config, said)
    if until is not None:
        state, late = tick(state, config, until)
        events += late
    return state, events


def sound(events):
    """What has happened makes sense: one session at a time, nothing negative, all of it adds up."""
    running, ended_at, told, moments = None, None, [0.0, 0.0], []
    phase = Phase.IDLE
    for event in events:
        moments.append(event.at)
        if isinstance(event, StateChanged):
            assert event.before is phase
            phase = event.after
            continue
        session = event.session
        assert session.total_s == session.standby_s + session.working_s
        assert min(session.standby_s, session.working_s, session.energy_wh, session.start_power_w) >= 0
        if isinstance(event, SessionStarted):
            assert running is None
            assert ended_at is None or session.start_at >= ended_at
            running, told = session.start_at, [0.0, 0.0]
            continue
        assert running == session.start_at
        if isinstance(event, SessionVoided):
            running = None
            continue
        assert min(event.interval_standby_s, event.interval_working_s) >= 0
        told = [told[0] + event.interval_standby_s, told[1] + event.interval_working_s]
        assert told == pytest.approx([session.standby_s, session.working_s])
        if isinstance(event, SessionEnded):
            assert session.total_s > 0
            assert session.start_at <= session.end_at <= event.at
            assert session.total_s == pytest.approx((session.end_at - session.start_at).total_seconds())
            running, ended_at = None, session.end_at
    assert moments == sorted(moments)
    return running


@given(CONFIGS, messages())
def test_sessions_add_up_and_follow_one_another(config, said):
    state, events = straight(config, said)
    running = sound(events)
    assert (state.session is not None) == (running is not None)


@given(CONFIGS, messages(), st.data())
def test_any_batching_and_any_restart_gives_the_same(config, said, data):
    whole = straight(config, said)
    state, events, done = SessionState(), [], 0
    while done < len(said):
        size = data.draw(st.integers(1, len(said) - done))
        state, found = advance(stored(state), config, said[done : done + size])
        events += found
        done += size
    assert (state, events) == whole


@given(CONFIGS, messages(), st.data())
def test_asking_in_between_makes_no_difference(config, said, data):
    whole = straight(config, said, said[-1].at if said else None)
    state, events, now = SessionState(), [], START
    for sample in said:
        for _ in range(data.draw(st.integers(0, 3))):
            now = data.draw(st.datetimes(now.replace(tzinfo=None), sample.at.replace(tzinfo=None)))
            due = due_at(state, config)
            before = state
            now = now.replace(tzinfo=START.tzinfo)
            state, found = tick(state, config, now)
            events += found
            assert (state is before) == (due is None or now < due)
        now = sample.at
        state, found = advance(state, config, [sample])
        events += found
    assert (state, events) == whole


@settings(max_examples=200)
@given(CONFIGS, messages(), st.data())
def test_late_and_repeated_messages_make_no_difference(config, said, data):
    whole = straight(config, said)
    noisy = []
    for number, sample in enumerate(said):
        noisy.append(sample)
        if data.draw(st.booleans()):
            late = said[data.draw(st.integers(0, number))]
            if late.at < sample.at and data.draw(st.booleans()):
                late = late._replace(
                    power_w=data.draw(WATTS), energy_wh=data.draw(st.none() | st.floats(0, 9))
                )
            noisy.append(late)
    assert straight(config, noisy) == whole


@given(CONFIGS, messages())
def test_what_a_running_session_tells_is_never_taken_back(config, said):
    state, before = SessionState(), None
    for sample in said:
        state, _ = advance(state, config, [sample])
        now = state.session
        if before and now and before.start_at == now.start_at:
            assert now.standby_s >= before.standby_s
            assert now.working_s >= before.working_s
            assert now.peak_power_w >= before.peak_power_w
        before = now


# The same worked out in another way: all messages at hand, second by second


def drawn_by_hand(config, said):
    """``(start, end, reason, standby, working, energy, peak, power at the end)`` of whole-second messages.

    For settings that are thresholds and waits only.
    """
    found = []
    while said:
        watched = [said[0]]
        for sample in said[1:]:
            if sample[0] - watched[-1][0] > config.message_timeout_s:
                break
            watched.append(sample)
        said = said[len(watched) :]
        found += _watched_without_a_gap(config, watched)
    return found


def _watched_without_a_gap(config, watched):
    first, last = watched[0][0], watched[-1][0]
    horizon = last + int(config.message_timeout_s)  # what was said last holds so long for what falls due
    power = {}
    for (moment, watts), (following, _) in zip(watched, [*watched[1:], (horizon, 0)], strict=True):
        power.update(dict.fromkeys(range(moment, following), watts))
    wait = max(config.stop_debounce_s, config.min_off_gap_s)
    found, on_since, off_since, start = [], None, None, None
    for moment in range(first, horizon + 1):
        if start is not None and off_since is not None and moment - off_since >= wait:
            found.append((start, off_since))
            start = on_since = off_since = None
        if start is None and on_since is not None and moment - on_since >= config.start_debounce_s:
            start = on_since
        if moment == horizon:
            break
        if power[moment] >= config.standby_threshold_w:
            on_since = moment if on_since is None else on_since
            off_since = None
        else:
            off_since = moment if off_since is None else off_since
            on_since = on_since if start is not None else None
        if start is not None and off_since is not None and wait == 0:
            found.append((start, off_since))
            start = on_since = off_since = None
        if start is None and on_since is not None and config.start_debounce_s == 0:
            start = on_since
    if start is not None:
        found.append((start, last if off_since is None else off_since))
    sessions = []
    least = max(config.start_debounce_s, 1)
    for start, end in (each for each in found if each[1] - each[0] >= least):
        working = sum(power[moment] >= config.working_threshold_w for moment in range(start, end))
        energy = sum(power[moment] for moment in range(start, end)) / 3600
        still_on = power[end] >= config.standby_threshold_w
        dropped = (
            end > start
            and power[end - 1] >= config.working_threshold_w
            and config.working_threshold_w > config.standby_threshold_w
        )
        reason = "timeout" if still_on else "power_drop" if dropped else "normal"
        peak = max(power[moment] for moment in range(start, end + still_on))
        energy = pytest.approx(energy, abs=1e-6)
        sessions.append((start, end, reason, end - start - working, working, energy, peak, power[end]))
    return sessions


@settings(max_examples=400)
@given(
    PLAIN_CONFIGS,
    st.lists(st.tuples(st.integers(1, 70), st.sampled_from([0, 5, 19, 20, 50, 100, 500])), max_size=40),
)
@example(SessionConfig(start_debounce_s=0, stop_debounce_s=0), [(1, 500), (1, 0), (1, 500), (5, 50), (3, 0)])
def test_sessions_are_those_that_are_drawn_by_hand(config, steps):
    said, moment = [], 0
    for gap, watts in steps:
        moment += gap
        said.append((moment, watts))
    found = replay(config, [Sample(at(when), watts) for when, watts in said], at(moment + 10_000))
    told = [
        (
            int(seconds(session.start_at)),
            int(seconds(session.end_at)),
            session.end_reason.value,
            session.standby_s,
            session.working_s,
            session.energy_wh,
            session.peak_power_w,
            session.end_power_w,
        )
        for session in found
    ]
    assert told == drawn_by_hand(config, said)


class Life(RuleBasedStateMachine):
    """A machine, its meter, a person and a server that is restarted, against the same without any trouble."""

    @initialize(config=CONFIGS)
    def begin(self, config):
        self.config = config
        self.state = SessionState()
        self.events = []
        self.now = START
        self.told = []  # what the detector learned: (function, argument)
        self.last_at = None

    def do(self, what, argument):
        self.state, events = what(self.state, self.config, argument)
        self.events += events

    @rule(gap=SECONDS | st.just(0), watts=WATTS | st.none(), reading=st.none() | st.floats(0, 1e5))
    def message(self, gap, watts, reading):
        self.now += timedelta(seconds=gap)
        sample = Sample(self.now, watts, reading)
        self.do(advance, [sample])
        self.told.append((advance, sample))
        self.last_at = self.now

    @precondition(lambda self: self.last_at)
    @rule(back=st.floats(0.000001, 1000), watts=WATTS)
    def late_message(self, back, watts):
        before = self.state
        self.do(advance, [Sample(self.last_at - timedelta(seconds=back), watts)])
        assert self.state is before

    @precondition(lambda self: self.last_at)
    @rule(data=st.data())
    def repeated_message(self, data):
        said = [sample for what, sample in self.told if what is advance]
        self.do(advance, [data.draw(st.sampled_from(said[-5:]))])

    @rule(gap=SECONDS)
    def time_passes(self, gap):
        self.now += timedelta(seconds=gap)
        self.do(tick, self.now)

    @rule()
    def restart(self):
        self.state = stored(self.state)

    @rule(gap=SECONDS, what=st.sampled_from([manual_start, manual_stop]))
    def by_hand(self, gap, what):
        self.now += timedelta(seconds=gap)
        self.do(what, self.now)
        self.told.append((what, self.now))

    @invariant()
    def all_adds_up(self):
        if hasattr(self, "events"):
            running = sound(self.events)
            assert (self.state.run is not None) == (running is not None)
            assert (self.state.run is not None) == (
                self.state.phase in (Phase.STANDBY, Phase.WORKING, Phase.STOPPING)
            )

    @invariant()
    def the_state_can_be_stored(self):
        if hasattr(self, "state"):
            assert stored(self.state) == self.state

    def teardown(self):
        if not hasattr(self, "told"):
            return
        state, events, batch = SessionState(), [], []
        for what, argument in [*self.told, (tick, self.now)]:
            if what is advance:
                batch.append(argument)
                continue
            state, found = advance(state, self.config, batch)
            state, more = what(state, self.config, argument)
            events += found + more
            batch = []
        assert events == self.events
        assert state == self.state


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)


@given(CONFIGS, messages())
def test_no_heartbeat_is_without_a_message_and_none_comes_twice(config, said):
    _, events = straight(config, said)
    beats = [event.at for event in events if isinstance(event, Heartbeat)]
    assert set(beats) <= {sample.at for sample in said}
    assert len(beats) == len(set(beats))


@given(messages())
def test_changed_settings_take_over_an_open_session(said):
    other = replace(SessionConfig(false_zero_s=5), standby_threshold_w=50, message_timeout_s=30)
    state, events = advance(SessionState(), SessionConfig(false_zero_s=5), said[: len(said) // 2])
    state, more = advance(state, other, said[len(said) // 2 :])
    sound(events + more)
