"""What is the matter now, and what becomes of the alerts by that.

The rules say what is the matter now; the alerts that are open say what was. Both are moved through the core as sets:
how many alerts there are is no matter of how many statements it takes, and nothing is remembered that is not in the
rows, so that a restart changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg2.errors import QueryCanceled

from fusion_iot_core.alert import (
    Acked,
    Cleared,
    Condition,
    Effect,
    Escalated,
    Event,
    OutOfService,
    Phase,
    Raised,
    Resolved,
    Retriggered,
    Settings,
    State,
    Suppress,
    Tell,
    step,
)

from ..runtime.transient import in_words, is_transient
from .rows import Key, Row, read_open, read_over, store
from .types import RANKS, Finding, is_settling

_logger = logging.getLogger(__name__)

LOCK = (1_230_984_260, 1)
"""Of the one evaluation at a time, for PostgreSQL."""
REFRESH = timedelta(seconds=60)
"""A value, or the words about it, need not be written with each turn."""
SETTLED = timedelta(hours=1)
"""The longest time that is looked back for parents that are over."""

_RESOLVED_PARENTS = """
    SELECT res_model, res_id, max(cleared_at) FROM iot_alert
     WHERE phase = 'resolved' AND resolved_at > %s AND rule_id = ANY(%s) GROUP BY res_model, res_id
"""
_LINK = """
    UPDATE iot_alert AS alert SET suppressed_by_id = link.cause, revision = alert.revision + 1
      FROM unnest(%s::bigint[], %s::bigint[]) AS link(id, cause)
     WHERE alert.id = link.id
"""
_KINDS = {
    Raised: "opened",
    Retriggered: "retriggered",
    Cleared: "cleared",
    Acked: "acked",
    Resolved: "resolved",
}


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something of an alert that others may want to act on.

    :ivar kind: ``opened``, ``retriggered``, ``cleared``, ``acked``, ``resolved``, ``escalated``; and, where people are
        to be told that it is active, ``raised``, ``released`` (that was held back before) or ``backlog`` (it was so
        before anybody watched)
    :ivar level: of an escalation
    """

    alert_id: int
    kind: str
    level: int = 0


def announcements(alert_id: int, effects: Iterable[Effect], backlog: bool = False) -> list[Announcement]:
    """What of the effects on an alert others may want to know."""
    said = []
    for effect in effects:
        match effect:
            case Tell(kind=kind):
                said.append(Announcement(alert_id, "backlog" if backlog else kind))
            case Escalated(level=level):
                said.append(Announcement(alert_id, "escalated", level))
            case _ if type(effect) in _KINDS:
                said.append(Announcement(alert_id, _KINDS[type(effect)]))
    return said


def evaluate(env, now: datetime) -> list[Announcement] | None:
    """Move all alerts of the database, in this transaction, which has to be READ COMMITTED.

    :param now: naive UTC
    :returns: what has happened, ordered by alert; ``None`` where somebody else is at it
    """
    env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK)
    if not env.cr.fetchone()[0]:
        return None
    return _Turn(env, now).run()


class _Turn:
    def __init__(self, env, now: datetime) -> None:
        self.env, self.now = env, now
        self.rules = env["iot.alert.rule"].search([("enabled", "=", True)])
        types = env["iot.alert.rule"]._types()
        self.suppressing = [
            rule.id for rule in self.rules if rule.alert_type in types and types[rule.alert_type].suppresses
        ]
        self.faulty: set[int] = set()
        self.moved: list[tuple[Row, tuple[Effect, ...], bool]] = []
        self.causes: dict[tuple[int, Key], Key] = {}

    def run(self) -> list[Announcement]:
        rows = read_open(self.env.cr)
        by_rule: dict[int, dict[Key, Row]] = {}
        for row in rows:
            by_rule.setdefault(row.rule_id, {})[row.key] = row
        found = self._found(by_rule)
        parents = self._parents(by_rule, found)
        over = self._over(by_rule, found)
        burdens = _burdens(rows)
        for rule in self.rules.filtered(lambda rule: rule.id not in self.faulty):
            self._move_rule(rule, by_rule.get(rule.id, {}), found[rule.id], over, parents, burdens)
        self._end_unwatched(rows)
        return self._store()

    def _found(self, by_rule) -> dict[int, dict[Key, Finding]]:
        """What is the matter, by rule. One that cannot be looked at, or not in time, leaves its alerts as they are."""
        found, faults = {}, dict.fromkeys(self.rules.ids, False)
        for rule in self.rules:
            active = {key for key, row in by_rule.get(rule.id, {}).items() if row.state.active}
            try:
                with self.env.cr.savepoint(flush=False):
                    found[rule.id] = {each.key: each for each in rule._findings(self.now, active)}
            except Exception as error:
                # A lock that somebody else has is nothing of the rule's; a query that takes too long may be.
                if is_transient(error) and not isinstance(error, QueryCanceled):
                    raise
                self.env.transaction.clear()
                self.faulty.add(rule.id)
                faults[rule.id] = in_words(error)
                if rule.fault != faults[rule.id]:
                    _logger.exception("The alert rule %s cannot be evaluated", rule.name)
        for rule in self.rules:
            if (rule.fault or False) != faults[rule.id]:
                rule.fault = faults[rule.id]
        return found

    def _parents(self, by_rule, found) -> dict[Key, tuple[int | None, datetime | None]]:
        """What suppresses that which depends on it: the id of its alert, and when that was over, if it is."""
        self.env.cr.execute(_RESOLVED_PARENTS, [self.now - SETTLED, self.suppressing])
        parents: dict[Key, tuple[int | None, datetime | None]] = {
            (model, res_id): (None, cleared_at) for model, res_id, cleared_at in self.env.cr.fetchall()
        }
        for rule_id in self.suppressing:
            parents |= dict.fromkeys(found.get(rule_id, ()), (None, None))
            parents |= {
                key: (row.id, None)
                for key, row in by_rule.get(rule_id, {}).items()
                if row.state.phase is not Phase.LATCHED
            }
        return parents

    def _over(self, by_rule, found) -> dict[tuple[int, Key], Row]:
        """The alerts that are over and may be opened again by what was found."""
        wanted = [
            (rule.id, key, self.now - timedelta(seconds=rule.reopen_within))
            for rule in self.rules
            for key in found.get(rule.id, ())
            if key not in by_rule.get(rule.id, {})
        ]
        return read_over(self.env.cr, wanted, self.now)

    def _move_rule(
        self, rule, rows: Mapping[Key, Row], found: Mapping[Key, Finding], over, parents, burdens
    ) -> None:
        settings, exceptions = rule._settings(), rule._exceptions()
        is_first = not rule.first_evaluated_at
        for key, finding in found.items():
            if key not in rows and is_settling(finding.audible_since, finding.settle_s, self.now):
                continue
            row = rows.get(key) or over.get((rule.id, key)) or _new(rule, finding)
            exception = exceptions.get(key)
            severity = (exception and exception.severity) or rule.severity
            severity = max(severity, burdens.get(row.id, severity), key=RANKS.__getitem__)
            suppressed, cause, parent = self._suppressed(finding, parents)
            if suppressed and cause and not parent:
                self.causes[rule.id, key] = cause
            events = [
                OutOfService(self.now, bool(exception and exception.out_of_service)),
                Suppress(self.now, suppressed),
                Condition(True, self.now, finding.since, finding.value),
            ]
            fresh = replace(
                row,
                severity=severity,
                source_name=finding.name,
                company_id=finding.company_id,
                details=finding.details,
                suppressed_by=parent,
            )
            patient = replace(settings, on_delay_s=max(settings.on_delay_s, finding.wait_s))
            self._move(row, fresh, events, patient, is_first)
        for key in rows.keys() - found.keys():
            self._move(rows[key], rows[key], [Condition(False, self.now)], settings, False)
        if is_first:
            rule.first_evaluated_at = self.now

    def _suppressed(self, finding: Finding, parents) -> tuple[bool, Key | None, int | None]:
        """Whether it follows from something else, from what, and from which alert of that: what lies furthest back is
        the cause. It may have no alert yet.
        """
        suppressed, cause, cause_id = False, None, None
        for parent in finding.parents:
            if parent in parents:
                alert_id, over_at = parents[parent]
                if over_at is None:
                    suppressed, cause, cause_id = True, parent, alert_id
                elif is_settling(over_at, finding.settle_s, self.now):
                    suppressed = True
        return suppressed, cause, cause_id

    def _end_unwatched(self, rows: Iterable[Row]) -> None:
        """Nobody watches the source any more: what is open is over, as it was acknowledged or not."""
        watched = {*self.rules.ids}
        for row in rows:
            if row.rule_id not in watched:
                self._move(row, row, [Condition(False, self.now)], Settings(), False)

    def _move(self, row: Row, fresh: Row, events: Iterable[Event], settings: Settings, backlog: bool) -> None:
        state, effects = row.state, []
        for event in events:
            state, more = step(state, event, settings)
            effects += more
        fresh = replace(fresh, state=state)
        if self._is_worth_writing(row, fresh):
            self.moved.append((fresh, tuple(effects), backlog))

    def _is_worth_writing(self, row: Row, fresh: Row) -> bool:
        if row.id is None:
            return fresh.state.is_open
        still = replace(row.state, value=None), row.severity, row.source_name, row.company_id
        now = replace(fresh.state, value=None), fresh.severity, fresh.source_name, fresh.company_id
        if still != now or (fresh.state.suppressed and fresh.suppressed_by != row.suppressed_by):
            return True
        news = row.state.value != fresh.state.value or dict(row.details) != dict(fresh.details)
        return news and (row.written_at is None or self.now - row.written_at >= REFRESH)

    def _store(self) -> list[Announcement]:
        if not self.moved:
            return []
        self.env["iot.alert"].flush_model()
        stored = store(self.env.cr, [row for row, _effects, _backlog in self.moved], self.now)
        self._link_causes(stored)
        self.env["iot.alert"].invalidate_model()
        said = []
        for row, effects, backlog in self.moved:
            if alert_id := stored.get((row.rule_id, row.key)):
                said += announcements(alert_id, effects, backlog)
        self.env["iot.alert"]._announce(said, sorted(stored.values()))
        return said

    def _link_causes(self, stored: Mapping[tuple[int, Key], int]) -> None:
        """Say from which alerts those follow that were opened in the same turn: who is told of them goes by that."""
        opened = {key: alert_id for (rule_id, key), alert_id in stored.items() if rule_id in self.suppressing}
        links = [
            (stored[place], opened[cause])
            for place, cause in self.causes.items()
            if place in stored and cause in opened
        ]
        if links:
            self.env.cr.execute(_LINK, [[one for one, _ in links], [other for _, other in links]])


def _burdens(rows: Iterable[Row]) -> dict[int | None, str]:
    """The worst severity of what follows from an alert, by its id: it is as bad as that itself."""
    worst: dict[int | None, str] = {}
    for row in rows:
        state = row.state
        if state.active and state.suppressed and not (state.out_of_service or state.shelved_until):
            known = worst.setdefault(row.suppressed_by, row.severity)
            worst[row.suppressed_by] = max(known, row.severity, key=RANKS.__getitem__)
    worst.pop(None, None)
    return worst


def _new(rule, finding: Finding) -> Row:
    return Row(
        rule_id=rule.id,
        alert_type=rule.alert_type,
        key=finding.key,
        source_name=finding.name,
        company_id=finding.company_id,
        severity=rule.severity,
        state=State(),
        responsible_id=finding.responsible_id,
    )
