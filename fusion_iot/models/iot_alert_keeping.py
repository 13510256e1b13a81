from odoo import api, fields, models

from ..alert.types import RANKS
from .iot_alert import GROUP, OPEN

KEEP_DAYS = "fusion_iot.alert_keep_days"
_KEPT_DAYS = 730
_GC_SLICE = 5_000
_MOST_NAMED = 100
_FORGET = """
    DELETE FROM iot_alert
     WHERE id IN (SELECT id FROM iot_alert WHERE phase = 'resolved' AND resolved_at < %s
                   ORDER BY resolved_at LIMIT %s FOR UPDATE SKIP LOCKED)
 RETURNING id
"""


class IotAlert(models.Model):
    """How alerts are told to others, and kept."""

    _inherit = "iot.alert"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _announce(self, said, changed):
        """Tell others what has become of alerts, in the transaction in which it has. Extend, and call ``super()``.

        What takes time, or can fail, is put down here and done in a transaction of its own.

        :param said: list of `Announcement`
        :param changed: ids of all alerts that were written
        """
        if changed:
            named = {"alert_ids": changed} if len(changed) <= _MOST_NAMED else {}
            self.env["iot.nudge"]._nudge(GROUP, ("alert",), named)

    @api.model
    def summary(self):
        """What is open, as far as this user may see it, for the menu bar.

        :return: dict of ``count`` and ``unacked`` of those that are not held back, ``level`` (the worst severity among
            those that nobody has acknowledged, or ``""``), and ``alerts``: the most urgent, to be listed
        """
        domain = [("status", "in", OPEN), ("is_quiet", "=", False)]
        groups = self._read_group(domain, ["severity", "is_acked"], ["__count"])
        unacked = {severity: count for severity, is_acked, count in groups if not is_acked}
        return {
            "count": sum(count for _severity, _acked, count in groups),
            "unacked": sum(unacked.values()),
            "level": max(unacked, key=RANKS.get, default=""),
            "alerts": [alert._described() for alert in self.search(domain, limit=8)],
        }

    def _described(self):
        return {
            "id": self.id,
            "source": self.source_name,
            "text": self.text,
            "severity": self.severity,
            "status": self.status,
            "since": fields.Datetime.to_string(self.last_triggered_at or self.raised_at),
        }

    @api.autovacuum
    def _gc_resolved(self):
        """Delete what has been over for longer than is kept."""
        text = self.env["ir.config_parameter"].sudo().get_param(KEEP_DAYS)
        days = int(text) if text and text.isdigit() and int(text) else _KEPT_DAYS
        before = fields.Datetime.subtract(fields.Datetime.now(), days=days)
        self.env.cr.execute(_FORGET, [before, _GC_SLICE])
        gone = [alert_id for (alert_id,) in self.env.cr.fetchall()]
        if gone:
            self.env["mail.message"].sudo().search(
                [("model", "=", self._name), ("res_id", "in", gone)]
            ).unlink()
        return len(gone), len(gone) == _GC_SLICE
