from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from fusion_iot_core.trend import (
    MAX_POINTS,
    Edge,
    Limits,
    Slot,
    SpanError,
    Trace,
    parse_points,
    parse_span,
    to_ms,
)

MAX_SENSORS = 5


class FpTankSensor(models.Model):
    _inherit = "fp.tank.sensor"

    @api.readonly
    def get_trend(self, start=None, end=None, max_points=MAX_POINTS):
        """Give what the trend chart of these sensors draws.

        The work is a fixed number of queries whatever the number of sensors. While the readings of a
        sensor fit into ``max_points`` they are given as they are; otherwise the span is cut into equal
        buckets and each gives its lowest and highest good value (``aggregated``). Limits and gaps are then
        known to the width of a bucket, which is the width of a pixel.

        :param start: UTC, ISO 8601 or Odoo's format; default one day before the end
        :param end: default now
        :param max_points: most points per sensor, 20 to 2000
        :return: ``{"now", "start", "end", "note", "sensors": [...]}`` with times in milliseconds; each
            sensor has ``points`` ``[ms, value, quality]``, ``limits`` as steps, ``gaps``, ``holds``, and ``alerts``
            (see ``_alert_marks``)
        :raises UserError: when the span or the number of points makes no sense
        """
        now = self.env.cr.now()
        try:
            span = parse_span(start, end, now)
            max_points = parse_points(max_points)
        except SpanError as error:
            raise UserError(self._trend_complaint(error.args[0])) from error
        sensors = self[:MAX_SENSORS]
        sensors.check_access("read")
        traces, counts = sensors._trend_traces(span, max_points, now)
        holds = sensors._trend_holds(span)
        alerts = sensors._alert_marks(span.start, span.end)
        return {
            "now": to_ms(now),
            "start": to_ms(span.start),
            "end": to_ms(span.end),
            "note": self._trend_note(),
            "sensors": [
                {
                    "id": sensor.id,
                    "name": sensor.name,
                    "unit": sensor.unit or "",
                    "quantity": sensor.parameter_id.quantity or "",
                    "last_at": counts[sensor.id]["last_at"],
                    "aggregated": counts[sensor.id]["aggregated"],
                    "points": traces[sensor.id].points(
                        _markers(max_points) if counts[sensor.id]["aggregated"] else None
                    ),
                    "limits": traces[sensor.id].limits() or sensor._trend_limits_now(span, now),
                    "gaps": traces[sensor.id].gaps(),
                    "holds": holds[sensor.id],
                    "alerts": alerts[sensor.id],
                }
                for sensor in sensors
            ],
        }

    def _trend_complaint(self, reason):
        return {
            "not_a_time": self.env._(
                "The span must be given as dates with a time, such as 2026-03-01 06:00:00."
            ),
            "backwards": self.env._("The span must end after it starts."),
            "too_long": self.env._("A trend can show ten years at most."),
            "not_a_number": self.env._("The number of points must be a whole number."),
        }[reason]

    def _trend_note(self):
        if len(self) <= MAX_SENSORS:
            return False
        return self.env._(
            "Only the first %(shown)s of %(all)s sensors are shown.", shown=MAX_SENSORS, all=len(self)
        )

    def _trend_traces(self, span, max_points, now):
        """Read the log. Returns the trace of each sensor by id, and what was found out about its size."""
        traces, counts = {}, {}
        until = min(span.end, now)
        for sensor, row in zip(self, self._trend_survey(span, max_points), strict=True):
            size, last_ms, before_ms, *limits, after_ms = row
            traces[sensor.id] = Trace(
                start=to_ms(span.start),
                end=to_ms(span.end),
                until=max(to_ms(until), to_ms(span.start)),
                interval=sensor.expected_interval,
                before=None if before_ms is None else Edge(before_ms, Limits(*limits)),
                after=after_ms,
            )
            counts[sensor.id] = {"last_at": last_ms, "aggregated": size > max_points}
        few = self.filtered(lambda sensor: not counts[sensor.id]["aggregated"])
        many = self - few
        for rows in (few and few._trend_raw(span), many and many._trend_buckets(span, max_points)):
            for sensor_id, first, last, low, high, suspect, suspect_value, bad, bad_value, *limits in rows:
                traces[sensor_id].slots.append(
                    Slot(first, last, low, high, suspect, suspect_value, bad, bad_value, Limits(*limits))
                )
        return traces, counts

    def _trend_source(self):
        """FROM and WHERE of the readings of these sensors that the user may read."""
        readings = self.env["fp.tank.reading"]
        readings.check_access("read")
        readings.flush_model()
        query = readings._search(Domain("sensor_id", "in", self.ids), active_test=False)
        return query.from_clause, query.where_clause or SQL("TRUE")

    def _trend_survey(self, span, max_points):
        """Per sensor, in order: how many readings (counted up to one too many), and those around the span."""
        if not self:
            return []
        source, allowed = self._trend_source()
        one = SQL("FROM %s WHERE %s AND fp_tank_reading.sensor_id = sensor.id", source, allowed)
        return self.env.execute_query(
            SQL(
                """
                SELECT size.n, %(last)s, %(before)s, before.spec_min, before.spec_max,
                       before.action_min, before.action_max, %(after)s
                  FROM unnest(%(ids)s) WITH ORDINALITY AS sensor(id, position)
                 CROSS JOIN LATERAL (
                       SELECT count(*) AS n FROM (
                              SELECT 1 %(one)s AND fp_tank_reading.read_at BETWEEN %(start)s AND %(end)s
                               LIMIT %(enough)s) AS counted) AS size
                  LEFT JOIN LATERAL (
                       SELECT fp_tank_reading.read_at %(one)s
                        ORDER BY fp_tank_reading.read_at DESC LIMIT 1) AS last ON TRUE
                  LEFT JOIN LATERAL (
                       SELECT fp_tank_reading.* %(one)s AND fp_tank_reading.read_at < %(start)s
                        ORDER BY fp_tank_reading.read_at DESC LIMIT 1) AS before ON TRUE
                  LEFT JOIN LATERAL (
                       SELECT fp_tank_reading.read_at %(one)s AND fp_tank_reading.read_at > %(end)s
                        ORDER BY fp_tank_reading.read_at LIMIT 1) AS after ON TRUE
                 ORDER BY sensor.position
                """,
                last=_ms(SQL("last.read_at")),
                before=_ms(SQL("before.read_at")),
                after=_ms(SQL("after.read_at")),
                ids=self.ids,
                one=one,
                start=span.start,
                end=span.end,
                enough=max_points + 1,
            )
        )

    def _trend_raw(self, span):
        """One row per reading, in the columns of ``_trend_buckets``."""
        source, allowed = self._trend_source()
        return self.env.execute_query(
            SQL(
                """
                SELECT sensor_id, %(at)s, %(at)s,
                       CASE WHEN quality = 'good' THEN value END, CASE WHEN quality = 'good' THEN value END,
                       (quality = 'suspect')::int, value, (quality = 'bad')::int, value,
                       spec_min, spec_max, action_min, action_max
                  FROM %(source)s
                 WHERE %(allowed)s AND fp_tank_reading.read_at BETWEEN %(start)s AND %(end)s
                 ORDER BY sensor_id, fp_tank_reading.read_at, fp_tank_reading.id
                """,
                at=_ms(SQL("fp_tank_reading.read_at")),
                source=source,
                allowed=allowed,
                start=span.start,
                end=span.end,
            )
        )

    def _trend_buckets(self, span, max_points):
        """One row per bucket of time that has readings.

        The limits of a bucket are those of its first reading: one look into the index each, instead of
        dragging four more columns of every reading through the aggregation.
        """
        source, allowed = self._trend_source()
        buckets = (max_points - 2 * _markers(max_points)) // 2
        # PostgreSQL takes longer to compile this query than to run it.
        self.env.cr.execute("SET LOCAL jit = off")
        return self.env.execute_query(
            SQL(
                """
                WITH bucket AS (
                    SELECT sensor_id,
                           width_bucket(date_part('epoch', fp_tank_reading.read_at),
                                        date_part('epoch', %(start)s), date_part('epoch', %(end)s) + 1e-6,
                                        %(buckets)s) AS position,
                           min(fp_tank_reading.read_at) AS first_at, max(fp_tank_reading.read_at) AS last_at,
                           min(value) FILTER (WHERE quality = 'good') AS low,
                           max(value) FILTER (WHERE quality = 'good') AS high,
                           max(value) FILTER (WHERE quality = 'suspect') AS suspect_value,
                           count(*) FILTER (WHERE quality = 'bad') AS bad
                      FROM %(source)s
                     WHERE %(allowed)s AND fp_tank_reading.read_at BETWEEN %(start)s AND %(end)s
                     GROUP BY 1, 2
                )
                SELECT bucket.sensor_id, %(first)s, %(last)s, low, high,
                       (suspect_value IS NOT NULL)::int, suspect_value, bad, NULL::float8,
                       limits.spec_min, limits.spec_max, limits.action_min, limits.action_max
                  FROM bucket
                 CROSS JOIN LATERAL (
                       SELECT spec_min, spec_max, action_min, action_max FROM fp_tank_reading AS reading
                        WHERE reading.sensor_id = bucket.sensor_id AND reading.read_at = bucket.first_at
                        LIMIT 1) AS limits
                 ORDER BY bucket.sensor_id, bucket.position
                """,
                buckets=buckets,
                source=source,
                allowed=allowed,
                start=span.start,
                end=span.end,
                first=_ms(SQL("bucket.first_at")),
                last=_ms(SQL("bucket.last_at")),
            )
        )

    def _trend_limits_now(self, span, now):
        """The limits that would judge the next reading: all there is to show of a sensor without readings."""
        self.ensure_one()
        values = (self.spec_min, self.spec_max, self.action_min, self.action_max)
        limits = Limits(*(None if value is False else value for value in values))
        if not any(value is not None for value in limits) or span.end < now:
            return []
        return [{"from": to_ms(span.start), "to": to_ms(now), **limits._asdict()}]

    def _trend_holds(self, span):
        """Holds of each sensor that overlap the span, as dicts by sensor id."""
        found = {sensor.id: [] for sensor in self}
        holds = self.env["fusion.plating.quality.hold"]
        if not self or not holds.has_access("read"):
            return found
        domain = (
            Domain("sensor_id", "in", self.ids)
            & Domain("date_start", "<=", span.end)
            & (Domain("decided_at", "=", False) | Domain("decided_at", ">=", span.start))
        )
        for hold in holds.search(domain, order="date_start, id"):
            found[hold.sensor_id.id].append(
                {
                    "id": hold.id,
                    "name": hold.name,
                    "start": to_ms(hold.date_start),
                    "back_at": to_ms(hold.date_back_in_spec) if hold.date_back_in_spec else None,
                    "end": to_ms(hold.decided_at) if hold.decided_at else None,
                    "state": hold.state,
                    "worst_value": None if hold.worst_value is False else hold.worst_value,
                }
            )
        return found


def _markers(max_points):
    return max(1, max_points // 40)


def _ms(column):
    return SQL("(date_part('epoch', %s) * 1000)::bigint", column)
