"""Devices that report on change, sessions that are none, and relays that carry the meter: what the field has shown."""

import pytest

from fusion_iot_core.detector import (
    OFF_W,
    Gone,
    Sample,
    SessionConfig,
    SessionEnded,
    SessionState,
    SessionVoided,
    advance,
    replay,
    tick,
    timeout_for,
)
from tests.unit.detector_cases import HOUR, ON_CHANGE, SLOW, at, drawn, only, samples, stored

# E. Devices that report on change, and sessions that are none


def test_a_device_that_reports_on_change_keeps_its_session():
    said = [(0, 0), (10, 812), (22, 805), (1822, 806), (3600, 0)]
    session = only(*said, config=ON_CHANGE)
    assert drawn([session]) == [(10, 3600, "power_drop")]
    assert session.energy_wh == pytest.approx(810, abs=10)


@pytest.mark.parametrize(
    "said",
    [
        [(0, 0), (10, 244), (1900, 18.5), (1930, 2)],  # zha 396: 244 W for half an hour
        [(0, 0), (900, 90), (1800, 90), (2700, 91), (3600, 0)],  # zigbee2mqtt 28877: every 15 minutes
        [(0, 0), (10, 38), (490, 38), (3490, 38), (4000, 0)],  # zigbee2mqtt 76: every 8 minutes, or less
    ],
)
def test_a_constant_load_is_one_session(said):
    assert len(replay(ON_CHANGE, samples(*said), at(20_000))) == 1


def test_the_timeout_of_a_device_that_reports_on_change_is_longer_than_its_hour():
    assert timeout_for(0) > 3600
    assert timeout_for(None) == 150
    assert timeout_for(3600) == 9000
    assert drawn(replay(ON_CHANGE, samples((0, 500), (10, 500)), at(5000))) == [(0, 10, "timeout")]


@pytest.mark.parametrize("debounce", [0, 3, 60])
@pytest.mark.parametrize("last", [0, 1, 2.9])
def test_what_its_own_end_makes_too_short_was_no_session(debounce, last):
    config = SessionConfig(start_debounce_s=debounce)
    said = samples((0, 500), *([(last, 500)] if last else []))
    state, events = advance(SessionState(), config, said)
    state, late = tick(state, config, at(1000))
    ended = [type(event) for event in [*events, *late] if isinstance(event, SessionEnded | SessionVoided)]
    assert ended == ([SessionEnded] if last > debounce else [SessionVoided])
    assert replay(config, said, at(1000)) == [
        event.session for event in late if isinstance(event, SessionEnded)
    ]
    assert state.session is None


def test_a_lonely_message_every_half_hour_is_no_session_of_no_length():
    said = [(number * 1800, 806) for number in range(5)]
    assert replay(SessionConfig(), samples(*said), at(100_000)) == []


def test_a_meter_that_is_said_to_be_gone_ends_the_session_there():
    said = [*samples((0, 800), (600, 805)), Gone(at(1800))]
    (session,) = replay(ON_CHANGE, said, at(3000))
    assert drawn([session]) == [(0, 1800, "timeout")]
    assert session.energy_wh == pytest.approx((800 * 600 + 805 * 1200) / HOUR)


def test_a_bridge_that_starts_anew_ends_nothing():
    state, events = advance(
        SessionState(), ON_CHANGE, [*samples((0, 800)), Gone(at(600)), Sample(at(640), None)]
    )
    state, more = tick(stored(state), ON_CHANGE, at(3000))
    assert state.session is not None
    assert not any(isinstance(event, SessionEnded) for event in events + more)
    # nor does one whose meter speaks up in time
    assert (
        len(replay(ON_CHANGE, [*samples((0, 800)), Gone(at(600)), *samples((700, 801), (900, 0))], at(5000)))
        == 1
    )


def test_a_meter_that_is_back_in_the_same_instant_was_not_gone():
    said = [*samples((0, 800), (60, 805)), Gone(at(900)), Sample(at(900), None), *samples((3000, 0))]
    assert drawn(replay(ON_CHANGE, said, at(4000))) == [(0, 3000, "power_drop")]
    said[3:3] = [said[3], said[2]]  # what is sent again makes no difference
    assert drawn(replay(ON_CHANGE, said, at(4000))) == [(0, 3000, "power_drop")]
    said = [*said[:2], Sample(at(900), None), Gone(at(900)), said[-1]]
    assert drawn(replay(ON_CHANGE, said, at(4000))) == [(0, 900, "timeout")]


def test_a_meter_that_is_gone_while_the_machine_is_off_is_nothing():
    said = [*samples((0, 1)), Gone(at(600)), *samples((5000, 1), (5010, 500), (5100, 1))]
    assert drawn(replay(ON_CHANGE, said, at(9000))) == [(5010, 5100, "power_drop")]


# F. The relay that carries the meter is switched off: the message says 0 W


def test_off_of_the_metered_relay_ends_the_session_there():
    """Tasmota 7050: on 12:37:09, 954 W at 12:39:20, off 12:39:34, the next report says 0 W at 12:44:20."""
    (session,) = replay(SLOW, samples((0, 0), (131, 954), (145, 0), (431, 0)), at(2000))
    assert drawn([session]) == [(131, 145, "power_drop")]


@pytest.mark.parametrize("false_zero", [0, 5])
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ([(0, 954), (60, OFF_W)], "normal"),
        ([(0, 954), (60, 0)], "power_drop"),
        # off, and what the meter says after that
        ([(0, 954), (60, OFF_W), (61, 0), (300, 0)], "normal"),
        # power was gone before the relay was
        ([(0, 954), (60, 0), (62, OFF_W)], "power_drop"),
        # of the same instant it is both
        ([(0, 954), (60, 0), (60, OFF_W)], "normal"),
        ([(0, 954), (60, OFF_W), (60, 0)], "normal"),
        ([(0, 954), (60, OFF_W), (63, 954), (100, 0)], "power_drop"),
    ],
)
def test_off_is_switched_off_and_no_power_that_went(said, reason, false_zero):
    config = SessionConfig(message_timeout_s=750, false_zero_s=false_zero)
    state, events = advance(SessionState(), config, samples(*said))
    state, late = tick(stored(state), config, at(2000))
    (session,) = [event.session for event in [*events, *late] if isinstance(event, SessionEnded)]
    assert session.end_reason.value == reason
    assert str(session.end_power_w) in ("0.0", "0")
    assert str(state.power_w) in ("0.0", "0")


@pytest.mark.parametrize(
    "said",
    [
        # zigbee2mqtt 28470, 24688; dirigera 36; OpenBeken 781: what a plug says after that is 0 W each time
        [(0, 300), (100, 301), (200, 0), (300, 0), (400, 0)],
        # tuya-local 3, ESPurna 58: some watts for ten minutes, which the relay's word overrules
        [(0, 75), (140, 75), (200, 0), (260, 0), (800, 0)],
        # of the same second as the last report
        [(0, 300), (200, 301), (200, 0), (500, 0)],
        # off for less than ends a session is a pause
        [(0, 300), (100, 0), (105, 300), (200, 0), (400, 0)],
    ],
)
def test_it_ends_at_the_first_zero_that_lasts(said):
    assert [end for _, end, _ in drawn(replay(SLOW, samples(*said), at(2000)))] == [200]


def test_a_machine_that_idles_at_3_watts_goes_on_doing_so():
    low = SessionConfig(standby_threshold_w=2, working_threshold_w=50)
    assert drawn(replay(low, samples((0, 3.2), (60, 3.2), (120, 80), (180, 3.2), (240, 0)), at(2000))) == [
        (0, 240, "normal")
    ]
