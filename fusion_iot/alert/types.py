"""What a type of alert is, and what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SEVERITIES = [("info", "Info"), ("warning", "Warning"), ("critical", "Critical")]
RANKS = {name: rank for rank, (name, _label) in enumerate(SEVERITIES, 1)}
CLOCK_STEP = timedelta(seconds=60)
"""What is further in a time to come is of a clock that was set back meanwhile."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class AlertType:
    """A type of alert. An addon adds one by extending ``_types`` of `iot.alert.rule`, and gives its findings in
    ``_find_<name>`` and its words in ``_say_<name>``.

    :ivar label: for people
    :ivar help: what it is about, and when it is so
    :ivar source: model of the records that it can be the matter with
    :ivar uses: the fields of a rule that it goes by: ``limits``, ``deadband``, ``after``, ``rate``
    :ivar suppresses: what depends on such a source is not told of while there is an alert of this type
    :ivar unit: of the limits, where they have one, for people
    :ivar is_dated: its words say since when it is so, or from when on
    """

    label: str
    help: str
    source: str
    uses: frozenset[str] = frozenset()
    suppresses: bool = False
    unit: str = ""
    is_dated: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """The condition of a rule holds for a source, now.

    :ivar name: of the source, for people
    :ivar company_id: whose it is; ``None`` for all
    :ivar since: since when the condition holds (naive UTC), as far as that is known: an on-delay begins then
    :ivar value: what was measured
    :ivar details: what is said of it in words, as JSON has it
    :ivar parents: ``(model, id)`` of what the source depends on, the nearest first: while there is an alert of one of
        them, nobody is told of this one
    :ivar settle_s: for how many seconds after the alert of a parent is over nobody is told either: it takes a while
        until all is heard again
    :ivar audible_since: since when the source could be heard at all (naive UTC), where it says nothing: not before
        ``settle_s`` later does its silence begin to count
    :ivar wait_s: the condition has to hold for so many seconds before there is an alert, at least
    :ivar responsible_id: of the source
    """

    res_model: str
    res_id: int
    name: str
    company_id: int | None = None
    since: datetime | None = None
    value: float | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    parents: tuple[tuple[str, int], ...] = ()
    settle_s: float = 0.0
    audible_since: datetime | None = None
    wait_s: float = 0.0
    responsible_id: int | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What it is found for."""
        return self.res_model, self.res_id


def is_settling(since: datetime | None, settle_s: float, now: datetime) -> bool:
    """Whether something could be heard for too short a time to be judged by its silence.

    :param since: since when it could be heard, where that is known
    """
    return since is not None and since - CLOCK_STEP <= now < since + timedelta(seconds=settle_s)
