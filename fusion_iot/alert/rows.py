"""Alerts as rows: read and written in sets, so that their number is no matter of statements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fusion_iot_core.alert import Phase, State

from .types import RANKS

_STATE = {
    "is_acked": ("acked", "bool"),
    "condition_since": ("since", "timestamp"),
    "raised_at": ("raised_at", "timestamp"),
    "last_triggered_at": ("triggered_at", "timestamp"),
    "gone_at": ("gone_at", "timestamp"),
    "cleared_at": ("cleared_at", "timestamp"),
    "resolved_at": ("resolved_at", "timestamp"),
    "told_at": ("told_at", "timestamp"),
    "is_held": ("held", "bool"),
    "was_told": ("was_told", "bool"),
    "trigger_count": ("triggers", "int"),
    "duration": ("active_s", "float8"),
    "escalation_level": ("level", "int"),
    "shelved_until": ("shelved_until", "timestamp"),
    "out_of_service": ("out_of_service", "bool"),
    "is_suppressed": ("suppressed", "bool"),
}
"""Columns that are the state of the core as it is."""
_MORE = {
    "severity": "text",
    "source_name": "text",
    "company_id": "int",
    "phase": "text",
    "status": "text",
    "is_active": "bool",
    "is_latched": "bool",
    "is_quiet": "bool",
    "urgency": "int",
    "value": "float8",
    "has_value": "bool",
    "details": "text",
    "suppressed_by_id": "bigint",
    "write_date": "timestamp",
}
_TYPES = {**{name: kind for name, (_attribute, kind) in _STATE.items()}, **_MORE}
_FIXED = {
    "rule_id": "int",
    "alert_type": "text",
    "res_model": "text",
    "res_id": "int",
    "responsible_id": "int",
}
_CAST = {"details": "::jsonb"}

_COLUMNS = ", ".join(_STATE)
_READ = f"""
    SELECT id, revision, rule_id, alert_type, res_model, res_id, source_name, company_id, severity, phase, value,
           has_value, details, suppressed_by_id, write_date, {_COLUMNS}
      FROM iot_alert
"""
_OPEN = _READ + " WHERE phase != 'resolved'"
_LOCKED = _READ + " WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR UPDATE"
# The newest of each that is over, and may be opened again.
_OVER = f"""
    SELECT found.* FROM unnest(%(rule_id)s::int[], %(res_model)s::text[], %(res_id)s::int[], %(since)s::timestamp[])
                AS wanted(rule_id, res_model, res_id, since)
     CROSS JOIN LATERAL ({_READ}
         WHERE iot_alert.rule_id = wanted.rule_id AND iot_alert.res_model = wanted.res_model
           AND iot_alert.res_id = wanted.res_id AND phase = 'resolved'
         ORDER BY resolved_at DESC LIMIT 1) AS found
     WHERE found.resolved_at >= wanted.since OR found.shelved_until > %(now)s
"""
_INSERT = """
    INSERT INTO iot_alert ({names}, revision, create_uid, write_uid, create_date)
    SELECT {values}, 1, 1, 1, %(now)s FROM unnest({arrays}) AS new({names})
     ORDER BY rule_id, res_model, res_id
    ON CONFLICT (rule_id, res_model, res_id) WHERE phase != 'resolved' DO NOTHING
 RETURNING id, rule_id, res_model, res_id
"""
_UPDATE = """
    UPDATE iot_alert AS alert
       SET {sets}, revision = alert.revision + 1,
           acked_at = CASE WHEN new.is_acked THEN alert.acked_at END,
           acked_by_id = CASE WHEN new.is_acked THEN alert.acked_by_id END
      FROM unnest(%(id)s::bigint[], %(revision)s::int[], {arrays}) AS new(id, revision, {names})
     WHERE alert.id IN (SELECT id FROM iot_alert WHERE id = ANY(%(id)s::bigint[]) ORDER BY id FOR UPDATE)
       AND alert.id = new.id AND alert.revision = new.revision
 RETURNING alert.id
"""
_DELETE = """
    DELETE FROM iot_alert AS alert
     USING unnest(%(id)s::bigint[], %(revision)s::int[]) AS gone(id, revision)
     WHERE alert.id = gone.id AND alert.revision = gone.revision
"""

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """An alert as it is stored, or is to be.

    :ivar id: ``None`` for one that is not stored yet
    :ivar revision: of what was read: nobody has moved it since where it is still the same
    """

    rule_id: int
    alert_type: str
    key: Key
    source_name: str
    company_id: int | None
    severity: str
    state: State = field(default_factory=State)
    details: Mapping[str, object] = field(default_factory=dict)
    suppressed_by: int | None = None
    responsible_id: int | None = None
    id: int | None = None
    revision: int = 0
    written_at: datetime | None = None

    @property
    def urgency(self) -> int:
        """What comes first: the worst, then what nobody has acknowledged; what is held back, and what is over, last."""
        if self.state.status not in ("active", "acknowledged"):
            return 0
        rank = RANKS[self.severity]
        return rank if self.state.quiet else 10 * rank + (0 if self.state.acked else 5)


def read_open(cr) -> list[Row]:
    """All alerts that are not over, those that nobody sees yet included."""
    cr.execute(_OPEN)
    return [_row(values) for values in cr.fetchall()]


def read_locked(cr, ids: Sequence[int]) -> list[Row]:
    """Some alerts, which nobody else moves until the end of the transaction."""
    cr.execute(_LOCKED, {"ids": list(ids)})
    return [_row(values) for values in cr.fetchall()]


def read_over(cr, wanted: Iterable[tuple[int, Key, datetime]], now: datetime) -> dict[tuple[int, Key], Row]:
    """Of rules and sources: the newest alert that is over, and may be opened again.

    :param wanted: rule, source, and how long ago it may have been over
    """
    columns = [(rule_id, *key, since) for rule_id, key, since in wanted]
    if not columns:
        return {}
    names = ("rule_id", "res_model", "res_id", "since")
    values = {name: list(column) for name, column in zip(names, zip(*columns, strict=True), strict=True)}
    cr.execute(_OVER, {**values, "now": now})
    rows = [_row(found) for found in cr.fetchall()]
    return {(row.rule_id, row.key): row for row in rows}


def store(cr, rows: Sequence[Row], now: datetime) -> dict[tuple[int, Key], int]:
    """Store alerts that have moved, each unless somebody else has moved it meanwhile.

    :returns: the ids of those that are stored, by rule and source
    """
    stored = _insert(cr, [row for row in rows if row.id is None and row.state.is_open], now)
    known = [row for row in rows if row.id is not None]
    stored |= _update(cr, [row for row in known if row.state.phase is not Phase.NORMAL], now)
    _delete(cr, [row for row in known if row.state.phase is Phase.NORMAL])
    return stored


def _insert(cr, rows: Sequence[Row], now: datetime) -> dict[tuple[int, Key], int]:
    if not rows:
        return {}
    types = {**_FIXED, **_TYPES}
    statement = _INSERT.format(names=", ".join(types), values=", ".join(_given(types)), arrays=_arrays(types))
    cr.execute(statement, {**_columns(rows, types, now), "now": now})
    return {(rule_id, (model, res_id)): alert_id for alert_id, rule_id, model, res_id in cr.fetchall()}


def _update(cr, rows: Sequence[Row], now: datetime) -> dict[tuple[int, Key], int]:
    if not rows:
        return {}
    sets = ", ".join(f"{name} = {given}" for name, given in zip(_TYPES, _given(_TYPES, "new."), strict=True))
    statement = _UPDATE.format(sets=sets, names=", ".join(_TYPES), arrays=_arrays(_TYPES))
    values = {"id": [row.id for row in rows], "revision": [row.revision for row in rows]}
    cr.execute(statement, {**_columns(rows, _TYPES, now), **values})
    done = {alert_id for (alert_id,) in cr.fetchall()}
    return {(row.rule_id, row.key): row.id for row in rows if row.id in done}


def _delete(cr, rows: Sequence[Row]) -> None:
    if rows:
        cr.execute(_DELETE, {"id": [row.id for row in rows], "revision": [row.revision for row in rows]})


def _given(types: Mapping[str, str], prefix: str = "") -> list[str]:
    return [f"{prefix}{name}{_CAST.get(name, '')}" for name in types]


def _arrays(types: Mapping[str, str]) -> str:
    return ", ".join(f"%({name})s::{kind}[]" for name, kind in types.items())


def _columns(rows: Sequence[Row], types: Mapping[str, str], now: datetime) -> dict[str, list[object]]:
    values = [_values(row, now) for row in rows]
    return {name: [each[name] for each in values] for name in types}


def _values(row: Row, now: datetime) -> dict[str, object]:
    state = row.state
    return {
        **{name: getattr(state, attribute) for name, (attribute, _kind) in _STATE.items()},
        "rule_id": row.rule_id,
        "alert_type": row.alert_type,
        "res_model": row.key[0],
        "res_id": row.key[1],
        "responsible_id": row.responsible_id,
        "severity": row.severity,
        "source_name": row.source_name,
        "company_id": row.company_id,
        "phase": state.phase.value,
        "status": state.status,
        "is_active": state.active,
        "is_latched": state.phase is Phase.LATCHED,
        "is_quiet": state.quiet,
        "urgency": row.urgency,
        "value": state.value,
        "has_value": state.value is not None,
        "details": json.dumps(dict(row.details)),
        "suppressed_by_id": row.suppressed_by if state.suppressed else None,
        "write_date": now,
    }


def _row(values: Sequence) -> Row:
    fixed, rest = values[:15], values[15:]
    known = dict(zip((attribute for attribute, _kind in _STATE.values()), rest, strict=True))
    flags = {name for name, (_attribute, kind) in _STATE.items() if kind == "bool"}
    numbers = {name for name, (_attribute, kind) in _STATE.items() if kind in ("int", "float8")}
    known |= {_STATE[name][0]: bool(known[_STATE[name][0]]) for name in flags}
    known |= {_STATE[name][0]: known[_STATE[name][0]] or 0 for name in numbers}
    (alert_id, revision, rule_id, alert_type, model, res_id, name, company, severity, phase) = fixed[:10]
    value, has_value, details, suppressed_by, written_at = fixed[10:]
    return Row(
        rule_id=rule_id,
        alert_type=alert_type,
        key=(model, res_id),
        source_name=name,
        company_id=company,
        severity=severity,
        state=State(phase=Phase(phase), value=value if has_value else None, **known),
        details=details or {},
        suppressed_by=suppressed_by,
        id=alert_id,
        revision=revision,
        written_at=written_at,
    )


def moved(row: Row, state: State) -> Row:
    """The same alert in another state."""
    return replace(row, state=state)
