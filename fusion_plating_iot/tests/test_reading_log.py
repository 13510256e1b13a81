import psycopg2
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TankCase


@tagged("post_install", "-at_install")
class TestReadingLog(TankCase):
    def test_a_reading_is_never_changed_or_deleted_in_the_orm(self):
        self.ingest_series(80.0)
        reading = self.readings()
        for user in (self.env.ref("base.user_root"), self.env.ref("base.user_admin")):
            with self.assertRaisesRegex(UserError, "never changed"):
                reading.with_user(user).write({"value": 1.0})
            with self.assertRaisesRegex(UserError, "never deleted"):
                reading.with_user(user).unlink()

    @mute_logger("odoo.sql_db")
    def test_a_reading_is_never_changed_or_deleted_in_sql(self):
        self.ingest_series(80.0)
        for statement in (
            "UPDATE fp_tank_reading SET value = 1",
            "DELETE FROM fp_tank_reading",
            "TRUNCATE fp_tank_reading",
            "UPDATE fp_tank_reading SET value = 1 WHERE false",
        ):
            with self.assertRaisesRegex(psycopg2.Error, "append-only"), self.env.cr.savepoint(flush=False):
                self.env.cr.execute(statement)

    def test_a_reading_by_hand_is_judged_like_any_other(self):
        reading = self.env["fp.tank.reading"].create({"sensor_id": self.sensor.id, "value": 95.0})
        self.assertEqual((reading.source, reading.user_id), ("manual", self.env.user))
        self.assertFalse(reading.in_spec)
        self.assertEqual(self.holds().value, 95.0)
        self.assertEqual(self.sensor.last_reading_value, 95.0)

    def test_readings_by_hand_come_back_in_order_and_known_ones_as_they_are(self):
        values = [
            {"sensor_id": self.sensor.id, "value": value, "read_at": f"2025-03-01 10:0{minute}:00"}
            for minute, value in enumerate((80.0, 81.0, 82.0))
        ]
        first = self.env["fp.tank.reading"].create(values)
        self.assertEqual(first.mapped("value"), [80.0, 81.0, 82.0])
        self.assertEqual(self.env["fp.tank.reading"].create(values[::-1]).ids, first.ids[::-1])

    def test_a_reading_by_hand_was_not_read_in_the_future(self):
        for at in ("2036-01-01 00:00:00", "2019-12-31 00:00:00"):
            with self.assertRaisesRegex(UserError, "when it was read"):
                self.env["fp.tank.reading"].create(
                    {"sensor_id": self.sensor.id, "value": 87.0, "read_at": at}
                )

    def test_a_reading_by_hand_needs_a_sensor_and_a_number(self):
        for values in (
            {"value": 1.0},
            {"sensor_id": self.sensor.id},
            {"sensor_id": self.sensor.id, "value": "x"},
        ):
            with self.assertRaises(UserError):
                self.env["fp.tank.reading"].create(values)

    def test_an_archived_sensor_takes_no_readings(self):
        self.sensor.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.env["fp.tank.reading"].create({"sensor_id": self.sensor.id, "value": 1.0})

    def test_a_reading_keeps_its_place_when_the_sensor_moves(self):
        self.ingest_series(80.0)
        other = self.env["fusion.plating.tank"].create({"name": "Other"})
        self.sensor.write({"parameter_id": False, "tank_id": other.id})
        self.ingest_series(20.0, start=60)
        self.assertEqual(self.readings().tank_id, self.tank | other)
        self.assertFalse(self.holds())

    def test_what_readings_refer_to_is_not_deleted(self):
        self.ingest_series(80.0)
        self.sensor.write({"parameter_id": False})
        for record in (self.parameter, self.tank):
            with self.assertRaisesRegex(UserError, "readings"):
                record.unlink()
