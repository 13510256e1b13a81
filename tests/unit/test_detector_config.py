"""Settings of sessions: what is accepted, what is refused and in which words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.detector import ConfigError, SessionConfig, config, timeout_for
from fusion_iot_core.detector.config import SETTINGS


def test_the_defaults_are_those_of_the_requirement():
    config = SessionConfig()
    assert (config.start_debounce_s, config.stop_debounce_s) == (3, 15)
    assert config.message_timeout_s == 150


@pytest.mark.parametrize(("interval", "timeout"), [(None, 150), (0, 3900), (10, 150), (60, 150), (300, 750)])
def test_the_timeout_follows_the_devices_interval(interval, timeout):
    assert timeout_for(interval) == timeout


def test_the_timeout_of_the_requirement_can_be_set():
    assert SessionConfig.from_dict({"message_timeout_s": 20}).message_timeout_s == 20


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"standby_threshold_w": 0}, "standby_threshold_w must be more than 0"),
        ({"standby_threshold_w": -1}, "standby_threshold_w must be more than 0"),
        ({"standby_threshold_w": "20"}, "standby_threshold_w is not a number"),
        ({"standby_threshold_w": True}, "standby_threshold_w is not a number"),
        ({"standby_threshold_w": None}, "standby_threshold_w is not a number"),
        ({"standby_threshold_w": float("nan")}, "standby_threshold_w is not a number"),
        ({"start_debounce_s": float("inf")}, "start_debounce_s is not a number"),
        ({"start_debounce_s": -1}, "start_debounce_s must not be less than 0"),
        ({"stop_debounce_s": 1e9}, "stop_debounce_s must not be more than 2678400"),
        ({"message_timeout_s": 0}, "message_timeout_s must be more than 0"),
        (
            {"standby_threshold_w": 100, "working_threshold_w": 50},
            "working_threshold_w (50) must not be less than standby_threshold_w (100)",
        ),
        ({"stop_threshold_w": 30}, "standby_threshold_w (20) must not be less than stop_threshold_w (30)"),
        ({"start_threshold_w": 10}, "start_threshold_w (10) must not be less than standby_threshold_w (20)"),
        (
            {"start_threshold_w": 200},
            "working_threshold_w (100) must not be less than start_threshold_w (200)",
        ),
        ({"working_stop_threshold_w": 10}, "working_stop_threshold_w (10) must not be less than"),
        ({"working_stop_threshold_w": 110}, "must not be less than working_stop_threshold_w (110)"),
        ({"false_zero_s": 200}, "message_timeout_s (150) must not be less than false_zero_s (200)"),
        ({"strategy": "power"}, "strategy is no setting of a session"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(settings, words):
    with pytest.raises(ConfigError) as refused:
        SessionConfig.from_dict(settings)
    assert words in str(refused.value)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ConfigError) as refused:
        SessionConfig.from_dict({"standby_threshold_w": -1, "stop_debounce_s": "x", "start_debounce_s": -3})
    assert [name for name, _ in refused.value.problems] == [
        "standby_threshold_w",
        "start_debounce_s",
        "stop_debounce_s",
    ]


@given(st.dictionaries(st.sampled_from(SETTINGS), st.floats(0.1, 1000) | st.integers(0, 100) | st.none()))
def test_settings_come_back_from_json_as_they_were(settings):
    try:
        config = SessionConfig.from_dict(settings)
    except ConfigError:
        return
    again = SessionConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert set(config.to_dict()) == set(SETTINGS)


def test_every_setting_is_explained():
    assert all(f"``{name}``" in config.__doc__ or f" {name} " in config.__doc__ for name in SETTINGS)
