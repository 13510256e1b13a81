from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import psycopg2
from odoo import fields, models
from odoo.tools import SQL

from fusion_iot_core.notify.hours import outside

DAYS = 30
PATIENCE = "8s"
"""Somebody waits for the figure."""

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
        since = now - timedelta(days=DAYS)
        self.env.flush_all()
        history = look_back(sources, since, now) if sources else None
        if not history:
            return self.env._("There is nothing that it would watch at present.")
        if not history.begins:
            return self.env._(
                "Nobody can tell how often it would have fired: there are no records of the last 30 days."
            )
        count = self._count_fired(history.held, sources, since, now)
        if count is None:
            return self.env._(
                "How often it would have fired takes too long to find out: there are very many records of the last 30 "
                "days."
            )
        return self._count_text(count, (now - history.begins).days + 1)

    def _count_text(self, count, days):
        days = min(days, DAYS)
        if not count:
            text = self.env._("In the last %s days it would not have fired.", days)
        elif count == 1:
            text = self.env._("In the last %s days it would have fired once.", days)
        else:
            text = self.env._(
                "In the last %(days)s days it would have fired %(count)s times.", days=days, count=count
            )
        return f"{text} {self.env._('There are no older records.')}" if days < DAYS else text

    def _watched(self):
        """The sources that the rule would tell of, with all rights."""
        sources = self._sources().sudo().search([])
        if self.company_id:
            sources = sources.filtered(lambda source: source.company_id == self.company_id)
        if (within := self._within()) is not None:
            sources = sources.filtered(lambda source: source.id in within)
        out_of_service = self.exception_ids.filtered("out_of_service").mapped("res_id")
        return sources.filtered(lambda source: source.id not in out_of_service)

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
        cr = self.env.cr
        cr.execute("SELECT current_setting('statement_timeout')")
        (before,) = cr.fetchone()
        try:
            with cr.savepoint(flush=False):
                cr.execute("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
                cr.execute(SQL(_FIRED, **values), log_exceptions=False)
                (count,) = cr.fetchone()
        except psycopg2.errors.QueryCanceled:
            count = None
        cr.execute("SELECT set_config('statement_timeout', %s, true)", [before])
        return count

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
