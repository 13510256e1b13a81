import runpy
from pathlib import Path

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestMigrations(TransactionCase):
    """What older versions have left in a database."""

    def test_no_table_of_a_dialog_that_is_gone_is_left(self):
        self.cr.execute("CREATE TABLE mqtt_connection_test (connection_id int REFERENCES mqtt_connection)")
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.2.0" / "pre-connection_test.py"
        migrate = runpy.run_path(str(path))["migrate"]
        for _time in range(2):
            migrate(self.cr, "19.0.1.1.0")
            self.cr.execute("SELECT to_regclass('mqtt_connection_test')")
            self.assertEqual(self.cr.fetchone(), (None,))

    def test_how_often_a_device_reports_moves_to_the_register(self):
        devices = self.env["iot.device"].create(
            [{"name": name, "identifier": f"moved-{name}"} for name in ("often", "on change", "by HTTP")]
        )
        connection = self.env["mqtt.connection"].create({"name": "Hall", "host": "hall.test"})
        for device in devices[:2]:
            self.env["mqtt.device"].create(
                {
                    "iot_device_id": device.id,
                    "connection_id": connection.id,
                    "topic_pattern": f"{device.name}/#",
                }
            )
        self.env.flush_all()
        self.cr.execute("ALTER TABLE iot_device DROP COLUMN expected_interval")
        self.cr.execute(
            "ALTER TABLE mqtt_device ADD COLUMN expected_interval integer"
            " CONSTRAINT mqtt_device_interval_not_negative CHECK (expected_interval >= 0)"
        )
        for device, interval in zip(devices, (20, 0), strict=False):
            self.cr.execute(
                "UPDATE mqtt_device SET expected_interval = %s WHERE iot_device_id = %s",
                [interval, device.id],
            )
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.3.0" / "pre-expected_interval.py"
        runpy.run_path(str(path))["migrate"](self.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertEqual(devices.mapped("expected_interval"), [20, 0, 60])
        self.cr.execute("SELECT 1 FROM pg_constraint WHERE conname = 'mqtt_device_interval_not_negative'")
        self.assertFalse(self.cr.fetchall())

    def test_the_shared_token_and_the_settings_move_here(self):
        """From the addons that had them, with their ids; nothing is made anew or deleted."""
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.6.0" / "pre-shared_token.py"
        script = runpy.run_path(str(path))
        now = self.known()
        self.assertTrue(now)
        self.cr.execute(
            "UPDATE ir_model_data SET module = 'fusion_plating_iot'"
            " WHERE module = 'fusion_iot' AND name LIKE '%fp\\_ingest\\_token%'"
        )
        for addon, names in script["MOVED"].items():
            for old, new in names.items():
                self.cr.execute(
                    "UPDATE ir_model_data SET module = %s, name = %s WHERE module = 'fusion_iot' AND name = %s",
                    [addon, old, new],
                )
        self.assertFalse(set(self.known()) & set(now))
        for _time in range(2):
            script["migrate"](self.cr, "19.0.1.5.0")
            self.assertEqual(self.known(), now)
        # where there is no plating, somebody may have entered a token as a system parameter
        self.cr.execute("DELETE FROM ir_model_data WHERE module = 'fusion_iot' AND name = 'ingest_token'")
        script["migrate"](self.cr, "19.0.1.5.0")
        self.assertEqual([row[:4] for row in self.known()], [row[:4] for row in now])

    def test_what_only_mqtt_knows_of_its_workers_moves_to_what_kinds_have_for_themselves(self):
        workers = self.env["iot.runtime.worker"]
        connection = self.env["mqtt.connection"].create({"name": "Hall", "host": "hall.test"})
        row = workers.browse(workers._list("mqtt", connection).values())
        other = row.copy({"res_id": connection.id + 1, "details": {"Nodes": 12}})
        self.env.flush_all()
        self.cr.execute(
            """
            ALTER TABLE iot_runtime_worker DROP COLUMN memo, ADD COLUMN subscriptions jsonb,
                  ADD COLUMN too_fast_count integer, ADD COLUMN unlogged_count integer
            """
        )
        self.cr.execute(
            "UPDATE iot_runtime_worker SET subscriptions = %s, too_fast_count = 3, unlogged_count = 0 WHERE id = %s",
            ['["hall/#", "+/shelly"]', row.id],
        )
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.7.0" / "pre-worker_memo.py"
        for _time in range(2):
            runpy.run_path(str(path))["migrate"](self.cr, "19.0.1.6.0")
            self.env.invalidate_all()
            self.assertEqual(row.memo, {"subscriptions": ["hall/#", "+/shelly"]})
            self.assertEqual((row.details, row.too_fast_count), ({"too_fast_count": 3}, 3))
            self.assertFalse(other.memo)
            self.assertEqual(other.details, {"Nodes": 12})
        self.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'iot_runtime_worker'"
            " AND column_name = ANY(%s)",
            [["subscriptions", "too_fast_count", "unlogged_count", "retained_count"]],
        )
        self.assertFalse(self.cr.fetchall())

    def known(self):
        self.env.flush_all()
        self.cr.execute(
            """
            SELECT module, name, model, res_id, noupdate FROM ir_model_data
             WHERE module = 'fusion_iot' AND (name LIKE '%fp\\_ingest\\_token%'
                   OR name IN ('ingest_token', 'menu_iot_settings', 'iot_settings_action'))
             ORDER BY name
            """
        )
        return self.cr.fetchall()
