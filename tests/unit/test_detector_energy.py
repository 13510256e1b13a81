"""Energy of a session: from the meter's counter as far as it reaches, else power times time."""

import pytest

from fusion_iot_core.detector import SessionConfig
from tests.unit.detector_cases import Watch

HOUR = 3600
CONFIG = SessionConfig(message_timeout_s=2 * HOUR)


def session(*said, config=CONFIG):
    watch = Watch(config)
    watch.says(*said)
    watch.waits(100 * HOUR)
    (only,) = watch.sessions
    return only


def test_without_a_counter_energy_is_power_times_time():
    ended = session((0, 1000), (HOUR, 500), (2 * HOUR, 1), (2.5 * HOUR, 1))
    assert ended.energy_wh == 1500
    assert not ended.metered
    assert ended.peak_power_w == 1000


def test_a_counter_is_better_than_power_times_time():
    ended = session((0, 1000, 70_000), (HOUR, 1000, 70_900), (2 * HOUR, 1, 71_750), (2.5 * HOUR, 1, 71_760))
    assert ended.energy_wh == 1750
    assert ended.metered


def test_time_before_the_first_and_after_the_last_reading_is_bridged():
    ended = session((0, 1000), (HOUR / 2, 1000, 70_000), (HOUR, 1000, 70_450), (1.5 * HOUR, 1), (2 * HOUR, 1))
    assert ended.energy_wh == 500 + 450 + 500


def test_what_the_counter_counted_while_the_machine_was_off_is_not_its_sessions():
    ended = session((0, 1, 1000), (HOUR, 1000, 1050), (2 * HOUR, 1, 2050), (2.5 * HOUR, 1, 2100))
    assert ended.energy_wh == 1000


def test_a_counter_that_was_reset_counts_on_from_there():
    ended = session(
        (0, 1000, 5000),
        (HOUR, 1000, 5900),
        (2 * HOUR, 1000, 100),
        (3 * HOUR, 1000, 1000),
        (4 * HOUR, 1, 1900),
    )
    assert ended.energy_wh == 900 + 1000 + 900 + 900


def test_a_counter_that_says_zero_for_once_does_not_count_itself_again():
    ended = session(
        (0, 1000, 12_000),
        (HOUR, 1000, 0),
        (2 * HOUR, 1000, 13_900),
        (3 * HOUR, 1000, 14_850),
        (4 * HOUR, 1, 15_800),
    )
    assert ended.energy_wh == 1000 + 1000 + 950 + 950


def test_a_counter_that_jitters_does_not_take_anything_away():
    said = [(number * 60, 600, 1000 + number * 10 - (number % 2) * 0.5) for number in range(60)]
    ended = session(*said, (HOUR, 1, 1600), (2 * HOUR, 1, 1600))
    assert ended.energy_wh == pytest.approx(600, abs=30)


def test_a_counter_of_coarse_steps_is_right_to_a_step():
    said = [(number, 700, 10 * ((3.3 + 700 * number / HOUR) // 10)) for number in range(HOUR)]
    ended = session(*said, (HOUR, 1, 700), (1.5 * HOUR, 1, 700))
    assert ended.energy_wh == pytest.approx(700, abs=10)


def test_a_counter_that_stands_still_is_no_counter():
    ended = session((0, 1000, 0), (HOUR, 1000, 0), (2 * HOUR, 1, 0), (2.5 * HOUR, 1, 0))
    assert ended.energy_wh == 2000


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), -1])
def test_junk_is_no_reading(junk):
    ended = session((0, 1000, 500), (HOUR, 1000, junk), (2 * HOUR, 1, 2300), (2.5 * HOUR, 1, junk))
    assert ended.energy_wh == 1800


def test_a_pause_that_belongs_to_the_session_has_its_energy_and_one_that_does_not_has_none():
    config = SessionConfig(min_off_gap_s=HOUR, message_timeout_s=2 * HOUR)
    said = ((0, 1000), (HOUR, 10), (1.5 * HOUR, 1000), (2.5 * HOUR, 10), (4 * HOUR, 10))
    assert session(*said, config=config).energy_wh == 2005
    counted = tuple((when, watts, 1000 + 0.9 * when / HOUR * 1000) for when, watts in said)
    assert session(*counted, config=config).energy_wh == pytest.approx(2250)


def test_a_reading_within_a_pause_does_not_lose_what_was_before_it():
    config = SessionConfig(min_off_gap_s=HOUR, message_timeout_s=2 * HOUR)
    ended = session(
        (0, 1000, 100),
        (HOUR, 10),
        (1.5 * HOUR, 1000, 1200),
        (2 * HOUR, 1, 1650),
        (4 * HOUR, 1),
        config=config,
    )
    assert ended.energy_wh == 1000 + 5 + 450


def test_an_end_by_silence_counts_to_the_last_message():
    ended = session((0, 1000), (HOUR, 1000))
    assert ended.energy_wh == 1000
    assert ended.total_s == HOUR
