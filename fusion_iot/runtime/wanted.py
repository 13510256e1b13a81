"""What should run, as its kinds say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from .kinds import MOST, Kind

Key = tuple[str, int]
"""Of a worker: the name of its kind, and the id of the record that asks for it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A worker that should run. As long as nothing has changed, ``spec`` is the same object."""

    kind: Kind
    row_id: int
    spec: object


class Fault(NamedTuple):
    """Why the settings of a kind cannot be read, and since when (naive UTC)."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Settings:
    """What should run, as it was read.

    :ivar faults: by the name of their kind, those that could not be read; they are as before. Under an empty name: of
        all kinds, none of which is known
    :ivar answered: by the name of their kind, which request they answer
    """

    workers: Mapping[Key, Wanted] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    answered: Mapping[str, int] = field(default_factory=dict)

    def since(self, asked: int) -> Settings:
        """Without the workers of kinds that were last read before this request."""
        if all(number >= asked for number in self.answered.values()):
            return self
        fresh = {key: item for key, item in self.workers.items() if self.answered[key[0]] >= asked}
        return Settings(fresh, self.faults, self.answered)


def wanted_of(env, kind: Kind, before: Mapping[Key, Wanted]) -> dict[Key, Wanted]:
    """What a kind says that should run.

    :param before: what it said the last time
    :raise TypeError: for what are no ids
    :raise ValueError: for ids of rows that are not of this kind, or of two workers

    and whatever its code raises, that by which its settings are compared included.
    """
    found: dict[Key, Wanted] = {}
    for res_id, (row_id, spec) in kind.wanted(env).items():
        key = kind.name, _id(res_id, "record")
        known = before.get(key)
        if known and bool(known.spec == spec):
            spec = known.spec
        found[key] = Wanted(kind, _id(row_id, "row of a worker"), spec)
    _check_rows(env.cr, kind.name, [item.row_id for item in found.values()])
    return found


def _id(value: object, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST:
        raise TypeError(f"no id of a {what}: {value!r}")
    return int(value)


def _check_rows(cr, kind: str, row_ids: list[int]) -> None:
    """Each row is that of one worker, and has the name of its kind: no other kind may have it, then."""
    if len(set(row_ids)) < len(row_ids):
        twice = next(row_id for row_id in row_ids if row_ids.count(row_id) > 1)
        raise ValueError(f"two workers have the row {twice}")
    if row_ids:
        cr.execute("SELECT id FROM iot_runtime_worker WHERE kind = %s AND id = ANY(%s)", [kind, row_ids])
        if strange := set(row_ids).difference(row_id for (row_id,) in cr.fetchall()):
            raise ValueError(f"the row {min(strange)} is none of a worker of the kind {kind}")
