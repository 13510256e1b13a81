from datetime import datetime

from odoo import models
from odoo.addons.fusion_iot.models.iot_alert_history import History
from odoo.tools import SQL

from .fp_tank_sensor_status import CALIBRATION_NOTICE

# Each sensor has its part of the index of readings (sensor, time), which is read in its order: nothing is sorted.
_READINGS = """
      FROM fp_tank_reading reading
     CROSS JOIN LATERAL (SELECT greatest(reading.action_min, reading.spec_min) AS low,
                                least(reading.action_max, reading.spec_max) AS high) AS edge
     WHERE reading.sensor_id = sensor.id AND reading.read_at >= %(since)s AND reading.read_at <= %(now)s
"""
_IN_USE = "(reading.bath_id IS NOT NULL OR NOT sensor.has_baths)"
# What says nothing, by its quality or as it is within the deadband, leaves it as it was.
_HOLDS = {
    "sensor_fault": "reading.quality = 'bad'",
    "out_of_action_limits": f"""
        CASE WHEN reading.quality = 'bad' OR NOT {_IN_USE} THEN false
             WHEN reading.quality = 'suspect' THEN NULL
             WHEN reading.value < edge.low OR reading.value > edge.high THEN true
             WHEN reading.value >= coalesce(least(edge.low + %(deadband)s, (edge.low + edge.high) / 2), '-Infinity')
              AND reading.value <= coalesce(greatest(edge.high - %(deadband)s, (edge.low + edge.high) / 2), 'Infinity')
             THEN false END""",
    "temperature_deviation": f"""
        CASE WHEN reading.quality = 'bad' OR NOT {_IN_USE} THEN false
             WHEN reading.parameter_id IS DISTINCT FROM sensor.parameter_id THEN false
             WHEN reading.quality = 'suspect' THEN NULL
             WHEN abs(reading.value - sensor.setpoint) > sensor.most THEN true
             WHEN abs(reading.value - sensor.setpoint) <= sensor.most - %(deadband)s THEN false END""",
}
_JUDGED = f"SELECT reading.read_at, {{holds}} AS holds {_READINGS}"
_CHANGING = f"""
    SELECT reading.read_at,
           reading.read_at >= first_value(reading.read_at) OVER lately + interval '1 minute'
           AND abs(reading.value - first_value(reading.value) OVER lately) * 60
               > %(rate)s * extract(epoch FROM reading.read_at - first_value(reading.read_at) OVER lately) AS holds
    {_READINGS} AND reading.quality = 'good' AND {_IN_USE}
    WINDOW lately AS (ORDER BY reading.read_at
                      RANGE BETWEEN make_interval(secs => %(after)s) PRECEDING AND CURRENT ROW)
"""
_RUNS = """
    SELECT sensor.id AS source_id, sensor.company_id, run.held_from, run.held_until
      FROM unnest(%(ids)s::int[], %(companies)s::int[], %(has_baths)s::bool[], %(parameters)s::int[],
                  %(setpoints)s::float8[], %(mosts)s::float8[])
           AS sensor(id, company_id, has_baths, parameter_id, setpoint, most)
     CROSS JOIN LATERAL (
           SELECT holds, read_at AS held_from, coalesce(lead(read_at) OVER (ORDER BY read_at), %(now)s) AS held_until
             FROM (SELECT holds, read_at, coalesce(lag(holds) OVER (ORDER BY read_at), false) AS held
                     FROM (%(judged)s) AS judged
                    WHERE holds IS NOT NULL) AS known
            WHERE holds != held) AS run
     WHERE run.holds
"""
_GAPS = f"""
    SELECT sensor.id AS source_id, sensor.company_id, gap.held_from, gap.held_until
      FROM unnest(%(ids)s::int[], %(companies)s::int[], %(patiences)s::int[]) AS sensor(id, company_id, patience)
     CROSS JOIN LATERAL (
           SELECT read_at + make_interval(secs => sensor.patience) AS held_from,
                  coalesce(lead(read_at) OVER (ORDER BY read_at), %(now)s) AS held_until
             FROM ((SELECT read_at FROM fp_tank_reading
                     WHERE sensor_id = sensor.id AND read_at < %(since)s ORDER BY read_at DESC LIMIT 1)
                   UNION ALL
                   (SELECT reading.read_at {_READINGS} ORDER BY reading.read_at)) AS heard) AS gap
     WHERE sensor.patience > 0 AND gap.held_until > gap.held_from
"""
_FIRST = """
    SELECT min(first.read_at)
      FROM unnest(%s::int[]) AS sensor(id)
     CROSS JOIN LATERAL (SELECT read_at FROM fp_tank_reading
                          WHERE sensor_id = sensor.id AND read_at >= %s ORDER BY read_at LIMIT 1) AS first
"""
# Which date counted until when is in the chatter of a sensor.
_DUE = """
    WITH change AS (
        SELECT message.res_id AS sensor_id, message.date AS at, tracking.id, tracking.old_value_datetime AS due
          FROM mail_message message
          JOIN mail_tracking_value tracking ON tracking.mail_message_id = message.id
         WHERE message.model = 'fp.tank.sensor' AND message.res_id = ANY(%(ids)s) AND message.date > %(since)s
           AND tracking.field_id = %(field)s),
    term AS (
        SELECT sensor_id, due, lag(at) OVER (PARTITION BY sensor_id ORDER BY at, id) AS held_from, at AS held_until
          FROM change
         UNION ALL
        SELECT id, calibration_due, (SELECT max(at) FROM change WHERE sensor_id = sensor.id), %(now)s
          FROM fp_tank_sensor sensor
         WHERE id = ANY(%(ids)s))
    SELECT sensor.id AS source_id, sensor.company_id,
           greatest(term.held_from, sensor.create_date, term.due - %(notice)s) AS held_from, term.held_until
      FROM term
      JOIN fp_tank_sensor sensor ON sensor.id = term.sensor_id
     WHERE term.due IS NOT NULL
"""


class IotAlertRule(models.Model):
    """How tank sensors were in the past, by the log of readings; when calibrations were due, by the chatter."""

    _inherit = "iot.alert.rule"  # pylint: disable=consider-merging-classes-inherited

    def _history_sensor_silent(self, sensors, since, now):
        values = {**self._place(sensors, since, now), "patiences": sensors.mapped("silent_after")}
        first = self._first_reading(sensors, datetime.min)
        return History(SQL(_GAPS, **values), first and max(first, since))

    def _history_sensor_fault(self, sensors, since, now):
        return self._runs(sensors, since, now)

    def _history_out_of_action_limits(self, sensors, since, now):
        return self._runs(sensors, since, now, deadband=self.deadband)

    def _history_temperature_deviation(self, sensors, since, now):
        """By the setpoint of today: readings keep the limits that they were judged by, but not that."""
        exceptions, mosts = self._exceptions(), {}
        for sensor in sensors:
            _low, most = self._limits_of(exceptions, (sensor._name, sensor.id))
            if sensor.quantity == "temperature" and sensor.setpoint is not False and most is not None:
                mosts[sensor.id] = most
        if not mosts:
            return None
        return self._runs(sensors.browse(mosts), since, now, mosts=[*mosts.values()], deadband=self.deadband)

    def _history_rate_of_change(self, sensors, since, now):
        # Without a rate there is none that is too high.
        return self._runs(
            sensors, since, now, _CHANGING, rate=self.rate or float("inf"), after=self.after or 600
        )

    def _history_calibration_due(self, sensors, since, now):
        field = self.env["ir.model.fields"]._get(sensors._name, "calibration_due")
        place = self._place(sensors, since, now)
        values = {**place, "field": field.id, "notice": CALIBRATION_NOTICE}
        created = min(sensors.mapped("create_date"))
        return History(SQL(_DUE, **values), max(created, since))

    def _runs(self, sensors, since, now, judged=None, mosts=None, **values):
        """When the condition held, reading by reading.

        :param judged: query for ``read_at`` and ``holds`` of a sensor; as a rule what `_HOLDS` has of the type
        :param mosts: the largest deviation for each sensor
        :param values: what the query needs besides
        """
        judged = judged or _JUDGED.format(holds=_HOLDS[self.alert_type])
        held = SQL(
            _RUNS,
            **self._place(sensors, since, now),
            has_baths=[bool(sensor.tank_id.bath_ids) for sensor in sensors],
            parameters=[sensor.parameter_id.id or None for sensor in sensors],
            setpoints=[None if sensor.setpoint is False else sensor.setpoint for sensor in sensors],
            mosts=mosts or [None] * len(sensors),
            judged=SQL(judged, since=since, now=now, **values),
        )
        return History(held, self._first_reading(sensors, since))

    def _place(self, sensors, since, now):
        companies = [sensor.company_id.id or None for sensor in sensors]
        return {"ids": sensors.ids, "companies": companies, "since": since, "now": now}

    def _first_reading(self, sensors, since):
        self.env.cr.execute(_FIRST, [sensors.ids, since])
        return self.env.cr.fetchone()[0]
