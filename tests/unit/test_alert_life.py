"""The life of an alert, case by case."""

from datetime import timedelta

import pytest

from fusion_iot_core.alert import (
    Ack,
    Condition,
    OutOfService,
    Phase,
    Resolve,
    Settings,
    Shelve,
    Suppress,
    Tell,
    Tick,
    Unshelve,
    step,
)
from tests.unit.alert_cases import at, walk

UP, DOWN = True, False


def test_raised_told_cleared():
    state, names = walk([Condition(UP, at(0), at(-90), 12.5)])
    assert (state.status, state.active, state.since, state.value) == ("active", True, at(-90), 12.5)
    assert names == ["Raised", "Tell"]
    state, names = walk([Condition(UP, at(5)), Condition(DOWN, at(60))], state=state)
    assert (state.status, state.active, state.raised_at, state.cleared_at) == (
        "resolved",
        False,
        at(0),
        at(60),
    )
    assert names == ["Cleared", "Resolved"]


def test_an_on_delay_runs_from_the_beginning_of_the_condition():
    settings = Settings(on_delay_s=60)
    state, names = walk([Condition(UP, at(0))], settings)
    assert (state.status, names) == ("pending", [])
    assert walk([Condition(DOWN, at(30))], settings, state)[0].phase is Phase.NORMAL
    state, names = walk([Condition(UP, at(59)), Condition(UP, at(60))], settings, state)
    assert (state.status, state.raised_at, names) == ("active", at(60), ["Raised", "Tell"])
    # A server that was away for a while does not begin to wait only now.
    assert walk([Condition(UP, at(0), at(-61))], settings)[1] == ["Raised", "Tell"]


def test_a_condition_of_the_future_begins_now():
    assert walk([Condition(UP, at(0), at(500))], Settings(on_delay_s=60))[0].since == at(0)


def test_acknowledged_through_a_flicker_within_the_off_delay():
    settings = Settings(off_delay_s=60)
    events = [
        Condition(UP, at(0)),
        Ack(at(1)),
        Condition(DOWN, at(10)),
        Condition(UP, at(50)),
        Tick(at(200)),
    ]
    state, names = walk(events, settings)
    assert (state.status, state.triggers, names) == ("acknowledged", 1, ["Raised", "Tell", "Acked"])
    state, names = walk([Condition(DOWN, at(300)), Tick(at(359))], settings, state)
    assert (state.active, names) == (True, [])
    state, names = walk([Tick(at(360))], settings, state)
    assert (state.status, state.cleared_at, names) == ("resolved", at(300), ["Cleared", "Resolved"])


@pytest.mark.parametrize(("again", "triggers"), [(100, 2), (400, 1)])
def test_a_trigger_soon_after_opens_the_same_alert(again, triggers):
    settings = Settings(reopen_within_s=300)
    state, _names = walk([Condition(UP, at(0)), Ack(at(1)), Condition(DOWN, at(50))], settings)
    state, names = walk([Condition(UP, at(50 + again))], settings, state)
    if triggers == 2:
        assert (state.status, state.raised_at, names) == ("acknowledged", at(0), ["Retriggered"])
    else:
        assert (state.status, state.raised_at, names) == ("active", at(450), ["Raised", "Tell"])
    assert state.triggers == triggers


def test_it_lasts_as_long_as_its_triggers_together():
    """Not from the first to the last: in between all was well."""
    settings = Settings(reopen_within_s=300, off_delay_s=10)
    events = [Condition(UP, at(0)), Condition(DOWN, at(50)), Tick(at(60))]
    state, _names = walk(events, settings)
    assert (state.status, state.active_s) == ("resolved", 50.0)
    state, _names = walk(
        [Condition(UP, at(250)), Condition(DOWN, at(280)), Condition(UP, at(285))], settings, state
    )
    assert (state.active, state.triggers, state.active_s) == (True, 2, 50.0)
    state, _names = walk([Condition(DOWN, at(290)), Tick(at(300))], settings, state)
    assert (state.status, state.active_s) == ("resolved", 90.0)


def test_what_is_back_to_stay_is_told_anew():
    """Whoever was told, or took notice, before it was over believes that it is."""
    settings = Settings(reopen_within_s=600)
    over = [Condition(UP, at(0)), Ack(at(1)), Condition(DOWN, at(60))]
    state, names = walk([*over, Condition(UP, at(300)), Condition(UP, at(899))], settings)
    assert (state.status, state.told_at, names[-1]) == ("acknowledged", at(0), "Retriggered")
    state, names = walk([Condition(UP, at(900)), Condition(UP, at(9000))], settings, state)
    assert (state.status, state.told_at, names) == ("active", at(900), ["Tell"])
    # It flickers on, and each time it is gone before that.
    flickers = [Condition(each % 2 == 1, at(60 + 300 * each)) for each in range(1, 60)]
    assert walk([*over, *flickers], settings)[1].count("Tell") == 1


def test_whoever_acknowledges_what_is_back_is_not_told_of_it():
    settings = Settings(reopen_within_s=600)
    over = [Condition(UP, at(0)), Condition(DOWN, at(60)), Condition(UP, at(300))]
    state, _names = walk([*over, Ack(at(400)), Condition(UP, at(9000))], settings)
    assert (state.status, state.told_at) == ("acknowledged", at(400))


def test_it_is_acknowledged_in_the_moment_in_which_it_is_to_be_told_anew():
    settings = Settings(reopen_within_s=600)
    over = [Condition(UP, at(0)), Ack(at(1)), Condition(DOWN, at(60)), Condition(UP, at(300))]
    state, names = walk([*over, Ack(at(900)), Tick(at(9000))], settings)
    assert (state.status, state.told_at, names[-2:]) == ("acknowledged", at(900), ["Retriggered", "Acked"])


def test_what_leaves_again_is_not_told():
    settings = Settings(reopen_within_s=600, off_delay_s=60)
    events = [Condition(UP, at(0)), Condition(DOWN, at(60)), Condition(DOWN, at(120)), Condition(UP, at(200))]
    state, names = walk([*events, Condition(DOWN, at(790)), Condition(DOWN, at(840))], settings)
    assert (state.phase, names.count("Tell")) == (Phase.LEAVING, 1)


def test_escalation_begins_anew_with_what_is_told_anew():
    settings = Settings(reopen_within_s=600, escalate_after_s=300)
    events = [Condition(UP, at(0)), Tick(at(900)), Condition(DOWN, at(950)), Condition(UP, at(1000))]
    state, _names = walk(events, settings)
    assert state.level == 3
    state, names = walk([Condition(UP, at(1600)), Tick(at(1899))], settings, state)
    assert (state.level, names) == (0, ["Tell"])
    assert walk([Tick(at(1900))], settings, state)[1] == ["Escalated"]


def test_what_nobody_was_told_of_nobody_has_missed():
    latched = Settings(latch=True)
    state, names = walk([Suppress(at(0), True), Condition(UP, at(1)), Condition(DOWN, at(2))], latched)
    assert (state.phase, names) == (Phase.RESOLVED, ["Raised", "Cleared", "Resolved"])
    # What people were told of before is seen again, as what it followed from is no matter any more.
    told = [Condition(UP, at(0)), Suppress(at(1), True), Condition(DOWN, at(2))]
    state, _names = walk(told, latched)
    assert (state.phase, state.quiet) == (Phase.LATCHED, False)


def test_what_is_over_stays_so_for_people_during_an_on_delay():
    settings = Settings(on_delay_s=60, reopen_within_s=300)
    state, _names = walk([Condition(UP, at(0)), Condition(UP, at(60)), Condition(DOWN, at(100))], settings)
    state, _names = walk([Condition(UP, at(150))], settings, state)
    assert (state.phase, state.status) == (Phase.PENDING, "resolved")
    assert walk([Condition(DOWN, at(160))], settings, state)[0].phase is Phase.RESOLVED
    assert walk([Condition(UP, at(210))], settings, state)[1] == ["Retriggered"]


def test_a_latched_alert_waits_for_its_acknowledgement():
    settings = Settings(latch=True)
    state, names = walk([Condition(UP, at(0)), Condition(DOWN, at(10))], settings)
    assert (state.phase, state.status, names[2:]) == (Phase.LATCHED, "active", ["Cleared"])
    done, names = walk([Ack(at(20))], settings, state)
    assert (done.status, done.cleared_at, done.resolved_at) == ("resolved", at(10), at(20))
    assert names == ["Acked", "Resolved"]
    # It has been missed, so people hear of the next one.
    again, names = walk([Condition(UP, at(15))], settings, state)
    assert (again.triggers, names) == (2, ["Retriggered", "Tell"])
    acked = walk([Condition(UP, at(0)), Ack(at(1)), Condition(DOWN, at(10))], settings)[0]
    assert acked.status == "resolved"


def test_resolving_is_refused_while_it_is_active():
    state, names = walk([Condition(UP, at(0)), Resolve(at(5))])
    assert (state.status, names[2:]) == ("active", ["Refused"])
    leaving, names = walk([Condition(DOWN, at(6)), Resolve(at(7))], Settings(off_delay_s=60), state)
    assert (leaving.phase, names) == (Phase.LEAVING, ["Refused"])
    latched = walk([Condition(UP, at(0)), Condition(DOWN, at(5))], Settings(latch=True))[0]
    assert walk([Resolve(at(6))], Settings(latch=True), latched)[1] == ["Resolved"]


def test_the_end_of_a_shelf_tells_what_is_still_active():
    events = [Condition(UP, at(0)), Shelve(at(10), at(600))]
    state, names = walk([*events, Condition(UP, at(599))])
    assert (state.quiet, names) == (True, ["Raised", "Tell"])
    ended, effects = step(state, Condition(UP, at(600)), Settings())
    assert (ended.shelved_until, effects) == (None, (Tell("released"),))
    assert walk([Unshelve(at(20))], state=state)[1] == ["Tell"]
    over = walk([Condition(DOWN, at(20)), Tick(at(700))], state=state)
    assert (over[0].status, over[1]) == ("resolved", ["Cleared", "Resolved"])
    acked = walk([*events, Ack(at(20)), Tick(at(700))])
    assert acked[1] == ["Raised", "Tell", "Acked"]
    acked = walk([Condition(UP, at(0)), Ack(at(1)), Shelve(at(2), at(600)), Condition(UP, at(601))])
    assert (acked[0].told_at, acked[1]) == (at(0), ["Raised", "Tell", "Acked"])


def test_a_shelf_outlasts_the_condition():
    state, _names = walk([Condition(UP, at(0)), Shelve(at(1), at(9000)), Condition(DOWN, at(10))])
    state, names = walk([Condition(UP, at(4000)), Tick(at(9001))], state=state)
    assert (state.triggers, names) == (2, ["Retriggered", "Tell"])


def test_a_shelf_ends_later_than_it_begins():
    state = walk([Condition(UP, at(0)), Shelve(at(10), at(10))])[0]
    assert state.shelved_until is None


@pytest.mark.parametrize("hold", [OutOfService, Suppress])
def test_what_is_held_back_is_told_when_that_ends(hold):
    state, names = walk([hold(at(0), True), Condition(UP, at(1))])
    assert (state.status, names) == ("active", ["Raised"])
    assert walk([hold(at(50), False)], state=state)[1] == ["Tell"]
    gone = walk([Condition(DOWN, at(40)), hold(at(50), False)], state=state)
    assert gone[1] == ["Cleared", "Resolved"]
    # Whoever has been told need not be told again.
    told = walk([Condition(UP, at(0)), hold(at(1), True), hold(at(2), False)])
    assert told[1] == ["Raised", "Tell"]


def test_escalation_counts_from_when_people_were_told():
    settings = Settings(escalate_after_s=300)
    state, names = walk([Condition(UP, at(0)), Tick(at(299))], settings)
    assert names == ["Raised", "Tell"]
    state, names = walk([Tick(at(300)), Tick(at(310)), Tick(at(950))], settings, state)
    assert (state.level, names) == (3, ["Escalated", "Escalated"])
    assert walk([Ack(at(960)), Tick(at(9000))], settings, state)[1] == ["Acked"]
    assert walk([Tick(at(90000))], settings, state)[0].level == 5
    quiet = walk([Condition(UP, at(0)), Suppress(at(1), True), Tick(at(900))], settings)
    assert quiet[1] == ["Raised", "Tell"]


def test_acknowledging_what_is_over():
    state, names = walk([Condition(UP, at(0)), Condition(DOWN, at(10)), Ack(at(20)), Ack(at(21))])
    assert (state.status, state.acked, names[-1], names.count("Acked")) == ("resolved", True, "Acked", 1)


def test_nobody_acknowledges_or_shelves_what_nobody_sees():
    settings = Settings(on_delay_s=600)
    state, names = walk([Condition(UP, at(0)), Ack(at(1)), Resolve(at(2))], settings)
    assert (state.acked, names) == (False, [])
    assert walk([Shelve(at(1), at(2) + timedelta(hours=1))])[0].shelved_until is None
