from odoo import fields, models


class IotPowerJournal(models.Model):
    """Power that was received and is not in the power log yet: one row a batch, deleted within a minute.

    More rows pass through than the ids of an ordinary table have room for, so it makes its own.
    """

    _name = "iot.power.journal"
    _description = "Power Journal"
    _inherit = ["fusion.kept.mixin"]
    _auto = False
    _log_access = False

    device_ids = fields.Json(readonly=True)
    count = fields.Integer(readonly=True)
    samples = fields.Binary(readonly=True, attachment=False)

    def init(self):
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS iot_power_journal (
                id bigserial PRIMARY KEY, device_ids int[] NOT NULL, count int NOT NULL, samples bytea NOT NULL);
            ALTER TABLE iot_power_journal ALTER COLUMN samples SET STORAGE EXTERNAL;
            ALTER TABLE iot_power_journal SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)
            """
        )
