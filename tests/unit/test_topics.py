import sys
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fusion_iot_core.protocol.topic_tree import TopicTree
from fusion_iot_core.protocol.topics import (
    FilterError,
    check_filter,
    covers,
    join,
    literal_levels,
    matches,
    spells,
    without_covered,
)

_LEVEL = st.sampled_from(["a", "b", "c", "", "$s"])
_TOPIC = st.lists(_LEVEL, min_size=1, max_size=5).map("/".join)
_FILTER = st.builds(
    lambda levels, tail: "/".join([*levels, *tail]),
    st.lists(st.one_of(_LEVEL, st.just("+")), min_size=1, max_size=4),
    st.sampled_from([[], ["#"]]),
).filter(bool)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
        ("sport/#", "sport", True),
        ("#", "sport/tennis", True),
        ("sport/tennis/+", "sport/tennis/player1", True),
        ("sport/tennis/+", "sport/tennis/player1/ranking", False),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/broker/uptime", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/broker/uptime", True),
        ("$SYS/monitor/+", "$SYS/monitor/Clients", True),
        ("tele/+/SENSOR", "tele/x/SENSOR", True),
        ("tele/+/SENSOR", "tele/x/y/SENSOR", False),
    ],
)
def test_matches_as_the_specification_says(topic_filter, topic, expected):
    assert matches(topic_filter, topic) is expected


@pytest.mark.parametrize("topic_filter", ["#", "+", "a/+/b", "a/#", "/", "+/tennis/#", "$SYS/#", "ä/ü"])
def test_filters_that_a_broker_takes(topic_filter):
    check_filter(topic_filter)


@pytest.mark.parametrize(
    "topic_filter", ["", "a#", "a/#/b", "sport+", "a/b+/c", "a/#b", "a\x00b", "a\nb", "x" * 65_536]
)
def test_filters_that_a_broker_refuses(topic_filter):
    with pytest.raises(FilterError):
        check_filter(topic_filter)


@given(_FILTER, _FILTER, _TOPIC)
def test_what_a_covered_filter_matches_the_wider_one_matches(wide, narrow, topic):
    if covers(wide, narrow) and matches(narrow, topic):
        assert matches(wide, topic)


@given(st.lists(_FILTER, max_size=6), _TOPIC)
def test_no_topic_is_lost_without_the_covered_filters(filters, topic):
    kept = without_covered(filters)
    assert any(matches(item, topic) for item in filters) == any(matches(item, topic) for item in kept)
    assert not any(covers(one, other) for one in kept for other in kept if one != other)


@given(st.lists(_FILTER, max_size=12))
@example(["#", "+/#", "$s/a", "$s/+"])
@example(["a/#", "a", "a/+", "a/+/#"])
def test_kept_are_those_that_no_other_one_covers(filters):
    wide = set(filters)
    kept = sorted(name for name in wide if not any(covers(other, name) for other in wide - {name}))
    assert without_covered(filters) == tuple(kept)


@given(st.lists(_FILTER, max_size=12), _TOPIC)
def test_the_tree_finds_the_filters_that_match(filters, topic):
    tree = TopicTree()
    for number, name in enumerate(filters):
        tree.add(name, number)
    matching = [number for number, name in enumerate(filters) if matches(name, topic)]
    assert sorted(tree.matching(topic)) == matching


@pytest.mark.parametrize(
    "pattern", ["site/line{0}/machine{1}/#", "tele/device{2}/+", "+/{2}/status/#", "shelly{2}"]
)
def test_the_time_for_many_filters_is_in_proportion_to_their_number(pattern):
    """Counted in calls of Python functions, which no slow machine makes more."""
    filters = [pattern.format(number // 100, number % 100, number) for number in range(5_000)]
    calls = Counter()

    def count(frame, event, _argument):
        if event == "call":
            calls[frame.f_code.co_name] += 1
            assert calls.total() < 40 * len(filters), calls

    sys.setprofile(count)
    try:
        kept = without_covered(filters)
    finally:
        sys.setprofile(None)
    assert kept == tuple(sorted(filters))


# No device publishes below `$`, which wildcards leave out.
@given(st.lists(_FILTER.filter(lambda name: not name.startswith("$")), min_size=1, max_size=4), _TOPIC)
def test_a_joined_filter_matches_what_its_parts_match(filters, topic):
    joined = join(filters)
    check_filter(joined)
    if any(matches(item, topic) for item in filters):
        assert matches(joined, topic)


@pytest.mark.parametrize(
    ("filters", "joined"),
    [
        (["d/events/rpc", "d/status/#", "d/online"], "d/#"),
        (["tele/d/#", "stat/d/#"], "+/d/#"),
        (["a/b"], "a/b"),
        (["a/b", "a/b/c"], "a/b/#"),
    ],
)
def test_join(filters, joined):
    assert join(filters) == joined


def test_spelled_out_levels():
    assert literal_levels("tele/+/SENSOR/#") == 2
    assert spells("tele/tasmota_X/#", "tasmota_X")
    assert spells("shellies/plus1pm/#", "shellies/plus1pm")
    assert not spells("tele/+/SENSOR", "tasmota_X")
    assert not spells("a/bc/d", "b")
