"""What upgrades change on purpose in the rows that a database has. Whatever is not listed here stays as it was.

A migration that changes rows adds to :data:`CHANGES`. Secrets need no entry: texts are compared as they are unsealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .rows import Difference, Row, Rows

UPDATED = ("write_date", "write_uid")
"""Odoo notes in them, on records of any model, that it has computed fields that were new."""


@dataclass(frozen=True)
class Change:
    """What a migration does to a column.

    :ivar version: of the addon that brought it; databases of that version and later ones are not affected
    :ivar why: in a few words
    :ivar right: whether it came out as it should, from the difference, the row before, and all rows after
    """

    addon: str
    version: str
    table: str
    column: str
    why: str
    right: Callable[[Difference, Row, Rows], bool]


def moved(table: str, column: str, by: str) -> Callable[[Difference, Row, Rows], bool]:
    """The value is in a column of another table now, in the row that the column `by` names."""

    def right(difference: Difference, before: Row, after: Rows) -> bool:
        return bool(after.tables[table][before[by],][column] == difference.before)

    return right


def within(column: str, name: str) -> Callable[[Difference, Row, Rows], bool]:
    """The value is in a column of JSON of the same row now, by its name; a count of none is not."""

    def right(difference: Difference, _before: Row, after: Rows) -> bool:
        document = after.tables[difference.table][difference.key][column] or {}
        return bool(document.get(name, 0) == difference.before)

    return right


def _of_mqtt(column: str, into: str) -> Change:
    why = "known to workers of MQTT only: among what others have for themselves, too"
    return Change("fusion_iot", "19.0.1.7.0", "iot_runtime_worker", column, why, within(into, column))


CHANGES = (
    Change(
        "fusion_iot",
        "19.0.1.3.0",
        "mqtt_device",
        "expected_interval",
        "known of every device, whatever its transport: in the register",
        moved("iot_device", "expected_interval", "iot_device_id"),
    ),
    _of_mqtt("subscriptions", "memo"),
    _of_mqtt("too_fast_count", "details"),
    _of_mqtt("unlogged_count", "details"),
    _of_mqtt("retained_count", "details"),
)


def unexplained(
    differences: Iterable[Difference],
    before: Rows,
    after: Rows,
    versions: Mapping[str, str],
    opened: Callable[[str, Difference], Any],
) -> list[Difference]:
    """Those that no migration since these versions of the addons is meant to make, or that came out wrong.

    :param opened: gives a stored text in clear
    """
    since = [
        change
        for change in CHANGES
        if change.addon in versions and _number(versions[change.addon]) < _number(change.version)
    ]

    def explained(each: Difference) -> bool:
        if each.column in UPDATED:
            return True
        if _is_sealed(each.after):
            return bool(opened(each.after, each) == opened(each.before, each))
        row = before.tables[each.table][each.key]
        return any(
            (change.table, change.column) == (each.table, each.column) and change.right(each, row, after)
            for change in since
        )

    return [each for each in differences if not explained(each)]


def _is_sealed(value: object) -> bool:
    return isinstance(value, str) and value.startswith("sealed:")


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
