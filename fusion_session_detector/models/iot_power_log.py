from datetime import datetime, timedelta, timezone

from odoo import api, fields, models

from ..engine.gathering import gather

KEPT_DAYS = 30
_SLICE = 20_000
_HOURS_AT_ONCE = 100
_SETTLED = timedelta(minutes=10)
_DELETE = """
    DELETE FROM iot_power_log
     WHERE ctid = ANY(ARRAY(SELECT ctid FROM iot_power_log WHERE to_at < %s LIMIT %s))
"""


class IotPowerLog(models.Model):
    """What machines drew, packed: one row a machine and half a minute, or hour once that is over.

    Read by charts, what-if and suggestions.
    """

    _name = "iot.power.log"
    _description = "Power Log"
    _inherit = ["fusion.kept.mixin"]
    _auto = False
    _log_access = False
    _order = "device_id.id, to_at"

    device_id = fields.Many2one("iot.device", readonly=True)
    from_at = fields.Datetime(string="From", readonly=True)
    to_at = fields.Datetime(string="To", readonly=True)
    count = fields.Integer(readonly=True)
    samples = fields.Binary(readonly=True, attachment=False)

    def init(self):
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS iot_power_log (
                id bigserial PRIMARY KEY,
                device_id int NOT NULL REFERENCES iot_device ON DELETE CASCADE,
                from_at timestamp NOT NULL, to_at timestamp NOT NULL, count int NOT NULL, samples bytea NOT NULL);
            ALTER TABLE iot_power_log ALTER COLUMN samples SET STORAGE EXTERNAL;
            CREATE INDEX IF NOT EXISTS iot_power_log_device_to_at_idx ON iot_power_log (device_id, to_at);
            CREATE INDEX IF NOT EXISTS iot_power_log_to_at_idx ON iot_power_log USING brin (to_at)
            """
        )

    @api.model
    def _gc(self):
        """Delete what is older than it is kept, and gather what is left into hours."""
        days = self.env["iot.session.engine"]._parameter("power_log_days", KEPT_DAYS)
        before = fields.Datetime.now() - timedelta(days=max(1, days))
        while True:
            self.env.cr.execute(_DELETE, [before, _SLICE])
            deleted = self.env.cr.rowcount
            if not deleted:
                break
            if not self.env["ir.cron"]._commit_progress(deleted):
                return
        while gathered := gather(self.env.cr, datetime.now(timezone.utc) - _SETTLED, _HOURS_AT_ONCE):
            if not self.env["ir.cron"]._commit_progress(gathered):
                return
