from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import psycopg2
from odoo import fields, models
from odoo.tools import SQL

from fusion_iot_core.notify.hours import outside

DAYS = (30, 1)
"""How far to look back, and how far where that takes too long."""
LIMITS = {"statement_timeout": "6s", "jit": "off"}
"""Somebody waits for the figure. To compile the statement takes longer than it gains."""

# The condition within the hours in which the rule watches, without what did not last, and as one what came back so soon
# that it was the same alert.
_FIRED = """
    WITH held AS MATERIALIZED (%(held)s),
         piece AS (
             SELECT source_id, greatest(held_from, opens) AS since, least(held_until, closes) AS until
               FROM held
               JOIN unnest(%(companies)s::int[], %(opens)s::timestamp[], %(closes)s::timestamp[])
                    AS watched(company_id, opens, closes) ON watched.company_id = coalesce(held.company_id, 0)
              WHERE held_from < closes AND held_until > opens),
         lasting AS (
             SELECT since, lag(until) OVER (PARTITION BY source_id ORDER BY since) AS before
               FROM piece
              WHERE until >= since + make_interval(secs => %(on_delay)s))
    SELECT count(*) FROM lasting WHERE before IS NULL OR since > before + make_interval(secs => %(apart)s)
"""


@dataclass(frozen=True)
class History:
    """When the condition of a rule held in the past, as far as that is recorded. Times are naive UTC.

    :ivar held: a query for ``source_id``, ``company_id``, ``held_from`` and ``held_until``
    :ivar begins: from when on there are records; ``None``: there are none
    """

    held: SQL
    begins: datetime | None


class IotAlertRule(models.Model):
    """How often a rule would have fired, as far as the past is recorded.

    A type that has a history brings ``_history_<name>(sources, since, now)``, which returns a `History`, or ``None``
    where it watches none of the sources.
    """

    _inherit = "iot.alert.rule"  # pylint: disable=consider-merging-classes-inherited

    def _would_have_fired_text(self):
        """How often the rule would have fired in the last 30 days, or why nobody knows, for people."""
        self.ensure_one()
        look_back = getattr(self, f"_history_{self.alert_type}", None)
        if not look_back:
            return self.env._(
                "Nobody can tell how often it would have fired: when this was so in the past is not recorded."
            )
        sources, now = self._watched(), fields.Datetime.now()
        self.env.flush_all()
        for days in DAYS:
            since = now - timedelta(days=days)
            history = look_back(sources, since, now) if sources else None
            if not history:
                return self.env._("There is nothing that it would watch at present.")
            if not history.begins and days == DAYS[0]:
                return self.env._("Nobody can tell how often it would have fired: there are no records.")
            count = self._count_fired(history.held, sources, since, now) if history.begins else None
            if count is not None:
                known = min(days, (now - history.begins).days + 1)
                return self._count_text(count, known, is_short=days < DAYS[0])
        return self.env._(
            "How often it would have fired takes too long to find out: there are too many records."
        )

    def _count_text(self, count, days, is_short):
        if not count:
            times = self.env._("it would not have fired")
        elif count == 1:
            times = self.env._("it would have fired once")
        else:
            times = self.env._("it would have fired %s times", count)
        if days == 1:
            text = self.env._("In the last day %s.", times)
        else:
            text = self.env._("In the last %(days)s days %(times)s.", days=days, times=times)
        if is_short:
            return f"{text} {self.env._('There are too many records to look further back.')}"
        return text if days == DAYS[0] else f"{text} {self.env._('There are no older records.')}"

    def _watched(self):
        """The sources that the rule would tell of, with all rights."""
        out_of_service = self.exception_ids.filtered("out_of_service").mapped("res_id")
        sources = self._sources().sudo().search([("id", "not in", out_of_service)])
        if self.company_id:
            sources = sources.filtered(lambda source: source.company_id == self.company_id)
        within = self._within()
        return sources if within is None else sources.filtered(lambda source: source.id in within)

    def _count_fired(self, held, sources, since, now):
        """How often the condition made an alert; ``None`` where there is too much to look through.

        :param held: query of a `History`
        """
        spans = self._watched_spans(sources.company_id, since, now)
        values = {
            "held": held,
            "companies": [company_id for company_id, _opens, _closes in spans],
            "opens": [opens for _company_id, opens, _closes in spans],
            "closes": [closes for _company_id, _opens, closes in spans],
            "on_delay": self.on_delay,
            "apart": self.off_delay + self.reopen_within,
        }
        with self._limited() as cr:
            try:
                with cr.savepoint(flush=False):
                    cr.execute(SQL(_FIRED, **values), log_exceptions=False)
                    return cr.fetchone()[0]
            except psycopg2.errors.QueryCanceled:
                return None

    @contextmanager
    def _limited(self):
        """The cursor, with `LIMITS` for a while."""
        cr = self.env.cr
        cr.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(LIMITS)])
        before = dict(cr.fetchall())
        try:
            self._set(LIMITS)
            yield cr
        finally:
            self._set(before)

    def _set(self, settings):
        for name, value in settings.items():
            self.env.cr.execute("SELECT set_config(%s, %s, true)", [name, value])

    def _watched_spans(self, companies, since, now):
        """When the rule would have watched, by the clock of each company: id (0: none), from, until."""
        since, now = since.replace(tzinfo=timezone.utc), now.replace(tzinfo=timezone.utc)
        spans = []
        for company in (*companies, companies.browse()):
            watched = [(since, now)]
            if self.schedule != "always":
                within = self._hours().spans(since, now, self._zone_of(company.id))
                watched = within if self.schedule == "within" else outside(since, now, within)
            spans += [
                (company.id or 0, opens.replace(tzinfo=None), closes.replace(tzinfo=None))
                for opens, closes in watched
            ]
        return spans
