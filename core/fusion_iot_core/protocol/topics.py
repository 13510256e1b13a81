"""Topic names and topic filters (MQTT 5.0, section 4.7)."""

from collections.abc import Iterable

from .topic_tree import TopicTree

MAX_BYTES = 65_535


class FilterError(ValueError):
    """Not a topic filter. The message says why."""


def check_filter(topic_filter: str) -> None:
    """Raise :class:`FilterError` unless ``topic_filter`` is one that a broker takes."""
    if not topic_filter:
        raise FilterError("a topic filter has at least one character")
    if len(topic_filter.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise FilterError(f"a topic filter has at most {MAX_BYTES} bytes")
    if not topic_filter.isprintable():
        raise FilterError("a topic filter has no control characters")
    levels = topic_filter.split("/")
    for position, level in enumerate(levels):
        if "#" in level and (level != "#" or position != len(levels) - 1):
            raise FilterError("# stands alone in the last level")
        if "+" in level and level != "+":
            raise FilterError("+ stands alone in its level")


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic is covered by a filter. Topics that begin with ``$`` need a filter that does."""
    if topic.startswith("$") and not topic_filter.startswith("$"):
        return False
    wanted = topic_filter.split("/")
    levels = topic.split("/")
    if wanted[-1] == "#":
        wanted.pop()
        if len(levels) < len(wanted):
            return False
    elif len(levels) != len(wanted):
        return False
    return all(want in ("+", level) for want, level in zip(wanted, levels, strict=False))


def covers(wide: str, narrow: str) -> bool:
    """Whether every topic of the filter ``narrow`` is also one of ``wide``."""
    if narrow.startswith("$") and not wide.startswith("$"):
        return False
    wanted, given = wide.split("/"), narrow.split("/")
    if wanted[-1] == "#":
        wanted.pop()
        if given[-1] == "#":
            given.pop()
        if len(given) < len(wanted):
            return False
    elif given[-1] == "#" or len(given) != len(wanted):
        return False
    return all(want == "+" or want == level for want, level in zip(wanted, given, strict=False))


def without_covered(filters: Iterable[str]) -> tuple[str, ...]:
    """The filters without those that others cover: a broker may deliver a message once per subscription.

    Takes time in proportion to their number.
    """
    names = sorted(set(filters))
    tree: TopicTree[str] = TopicTree()
    for name in names:
        tree.add(name, name)
    return tuple(name for name in names if not tree.covers(name))


def literal_levels(topic_filter: str) -> int:
    """How many levels of a filter are spelled out: the more, the more specific it is."""
    return sum(level not in ("+", "#") for level in topic_filter.split("/"))


def spells(topic_filter: str, name: str) -> bool:
    """Whether a filter spells out ``name`` (one or more levels) in consecutive levels, without wildcards."""
    levels, wanted = topic_filter.split("/"), name.split("/")
    return any(
        levels[start : start + len(wanted)] == wanted for start in range(len(levels) - len(wanted) + 1)
    )


def join(filters: Iterable[str]) -> str:
    """The narrowest filter that covers all of ``filters``."""
    split = [topic_filter.split("/") for topic_filter in filters]
    joined: list[str] = []
    for levels in zip(*split, strict=False):
        if "#" in levels:
            return "/".join([*joined, "#"])
        joined.append(levels[0] if len(set(levels)) == 1 else "+")
    if len({len(levels) for levels in split}) > 1:
        if joined and joined[-1] == "+":
            joined.pop()
        joined.append("#")
    return "/".join(joined)
