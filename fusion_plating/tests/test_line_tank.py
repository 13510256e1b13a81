from odoo.exceptions import UserError
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import PlatingCommon


class TestLineTank(PlatingCommon):
    def test_name_is_enough(self):
        tank = self.env["fusion.plating.tank"].create({"name": "Rinse"})
        self.assertEqual(tank.company_id, self.env.company)
        self.assertFalse(tank.bath_id)
        self.assertFalse(tank.parameter_ids)
        self.assertEqual(tank.display_name, "Rinse")

    def test_display_name_and_search(self):
        self.assertEqual(self.tank.display_name, "X05 Test nickel")
        Tank = self.env["fusion.plating.tank"]
        self.assertIn(self.tank.id, [row[0] for row in Tank.name_search("X05")])
        self.assertIn(self.tank.id, [row[0] for row in Tank.name_search("nickel")])

    def test_limits_of_the_bath_in_use(self):
        self.env["fusion.plating.bath.parameter"].create(
            [
                {
                    "bath_id": self.bath.id,
                    "quantity": "ph",
                    "target_min": 4.5,
                    "target_max": 5.0,
                    "sequence": 20,
                },
                {"bath_id": self.bath.id, "quantity": "concentration", "setpoint": 6.0},
            ]
        )
        self.assertEqual(len(self.tank.parameter_ids), 3)
        self.assertEqual(self.tank.limits_text, "Temperature 85 – 91 °C\npH 4.5 – 5")

    def test_an_archived_parameter_is_left_out(self):
        self.parameter.active = False
        self.assertFalse(self.tank.parameter_ids)
        self.assertFalse(self.tank.limits_text)

    @mute_logger("odoo.sql_db")
    def test_code_is_unique_in_the_company(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env["fusion.plating.tank"].create({"name": "Other", "code": "x05"})
        self.other_tank.code = "X05"
        self.other_tank.flush_recordset()

    def test_two_tanks_without_code(self):
        self.env["fusion.plating.tank"].create([{"name": "A", "code": ""}, {"name": "B", "code": ""}])
        self.env["fusion.plating.tank"].create([{"name": "A"}, {"name": "B"}])

    @mute_logger("odoo.sql_db")
    def test_volume_cannot_be_negative(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.tank.volume = -1
            self.tank.flush_recordset()

    def test_line_of_the_same_company(self):
        with self.assertRaises(UserError):
            self.other_tank.line_id = self.line

    @mute_logger("odoo.sql_db")
    def test_a_tank_with_baths_cannot_be_deleted(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.tank.unlink()

    def test_counts(self):
        self.assertEqual(self.line.tank_count, 1)
        self.assertEqual(self.tank.bath_count, 1)
        self.env["fusion.plating.bath"].create({"tank_id": self.tank.id})
        self.assertEqual(self.tank.bath_count, 2)

    def test_counts_in_one_query_per_set(self):
        tanks = self.env["fusion.plating.tank"].create([{"name": f"Tank {number}"} for number in range(20)])
        self.env["fusion.plating.bath"].create([{"tank_id": tank.id} for tank in tanks])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            tanks.mapped("bath_count")

    def test_actions(self):
        self.assertIn(("line_id", "=", self.line.id), self.line.action_view_tanks()["domain"])
        self.assertIn(("tank_id", "=", self.tank.id), self.tank.action_view_baths()["domain"])
        self.assertIn(("bath_id", "=", self.bath.id), self.tank.action_view_parameters()["domain"])
        self.assertIn(("bath_id", "=", self.bath.id), self.bath.action_view_parameters()["domain"])
