from odoo import models

from fusion_iot_core.trend import to_ms

MOST = 30
_SHOWN = (
    *("res_id", "raised_at", "cleared_at", "resolved_at", "is_active"),
    *("severity", "alert_type", "details", "value"),
)
# At any moment a source has one open alert of a rule, so that of each rule one at most was there before the span. What
# goes on is given however much came after it. The history of a source may be long: each part of this reads a few rows
# of an index, however long it is.
_WITHIN = """
    SELECT found.id
      FROM unnest(%(ids)s) AS source(id)
     CROSS JOIN LATERAL (
           (SELECT id FROM iot_alert
             WHERE res_model = %(model)s AND res_id = source.id AND raised_at BETWEEN %(start)s AND %(end)s
             ORDER BY raised_at DESC LIMIT %(most)s)
            UNION ALL
            SELECT other.id
              FROM iot_alert_rule AS rule
             CROSS JOIN LATERAL (
                   (SELECT id, raised_at, %(end)s AS latest FROM iot_alert
                     WHERE rule_id = rule.id AND res_model = %(model)s AND res_id = source.id AND phase != 'resolved')
                    UNION ALL
                   (SELECT id, raised_at, %(start)s FROM iot_alert
                     WHERE rule_id = rule.id AND res_model = %(model)s AND res_id = source.id AND phase = 'resolved'
                       AND resolved_at >= %(start)s
                     ORDER BY resolved_at LIMIT 1)
                   ) AS other
             WHERE other.raised_at <= other.latest
           ) AS found
"""


class IotAlertSourceMixin(models.AbstractModel):
    """What was the matter with a record over time, for its chart."""

    _inherit = "iot.alert.source.mixin"  # pylint: disable=consider-merging-classes-inherited

    def _alert_marks(self, start, end):
        """The alerts of these records from ``start`` to ``end`` (naive UTC), as far as the user sees them.

        :return: by id of the record a dict of ``marks``, and whether some are ``left_out``: 30 are given at most, first
            those that go on, then the newest. A mark is a dict of ``id``, ``start`` (when it was raised) and ``end``
            (when its condition went; ``None``: it goes on) in milliseconds, ``severity`` with its ``label``, the
            ``type`` for people, ``text``
        """
        alerts = self.env["iot.alert"]
        if not self or not alerts.has_access("read"):
            return {record.id: {"marks": [], "left_out": False} for record in self}
        alerts.flush_model()
        self.env.cr.execute(
            _WITHIN, {"ids": self.ids, "model": self._name, "start": start, "end": end, "most": MOST + 1}
        )
        ids = [alert_id for (alert_id,) in self.env.cr.fetchall()]
        by_source = alerts.search_fetch([("id", "in", ids)], _SHOWN).grouped("res_id")
        severities, types = (
            dict(alerts._fields[name]._description_selection(self.env)) for name in ("severity", "alert_type")
        )
        told = {}
        for record in self:
            found = (
                by_source.get(record.id, alerts)
                .sorted("raised_at", reverse=True)
                .sorted("is_active", reverse=True)
            )
            marks = [alert._mark(severities, types) for alert in found[:MOST].sorted("raised_at")]
            told[record.id] = {"marks": marks, "left_out": len(found) > MOST}
        return told


class IotAlert(models.Model):
    _inherit = "iot.alert"  # pylint: disable=consider-merging-classes-inherited

    def _mark(self, severities, types):
        over_at = None if self.is_active else self.cleared_at or self.resolved_at
        return {
            "id": self.id,
            "start": to_ms(self.raised_at),
            "end": to_ms(over_at) if over_at else None,
            "severity": self.severity,
            "label": severities[self.severity],
            "type": types.get(self.alert_type, ""),
            "text": self.text or "",
        }
