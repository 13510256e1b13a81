from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.fusion_iot_base.tests.overview_common import OverviewMixin
from odoo.tests import new_test_user, tagged

from .common import SERIAL, TankCase

QUERIES = 90


@tagged("post_install", "-at_install")
class TestOverview(OverviewMixin, TankCase):
    """Tanks, sensors and holds in numbers, as operators and quality see them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What the demo data have is none of these tests' business.
        cls.company = cls.env["res.company"].create({"name": "Overview plating"})
        cls.tank.company_id = cls.company
        cls.operator = cls.make_user("overview_operator", "fusion_plating.group_plating_operator")
        cls.quality = cls.make_user("overview_quality", "fusion_plating.group_plating_quality")
        cls.manager = cls.make_user("overview_manager", "fusion_plating.group_plating_manager")

    @classmethod
    def make_user(cls, login, groups):
        companies = [(6, 0, cls.company.ids)]
        return new_test_user(cls.env, login, groups, company_id=cls.company.id, company_ids=companies)

    def assert_counts(self, user=None, **counts):
        names = list(counts)
        found = self.counts(user or self.operator, *names)
        self.assertEqual(dict(zip(names, found, strict=True)), counts)

    def ingest_now(self, value, serial=SERIAL):
        self.ingest(self.measurement(value, serial=serial))

    def test_a_reading_out_of_spec_and_its_hold(self):
        self.assert_counts(tanks=1, sensors=1, tanks_out_of_spec=0, holds_critical=0)
        self.ingest_now(80)
        self.assert_counts(tanks_out_of_spec=0, tanks_held=0)
        self.ingest_now(101)
        self.assert_counts(
            tanks_out_of_spec=1, tanks_held=1, holds_critical=1, holds_raised=1, tanks_action=0
        )
        snapshot = self.snapshot(self.operator)
        self.assertEqual(snapshot["attention"]["count"], 1)
        (item,) = snapshot["attention"]["items"]
        self.assertEqual((item["level"], item["buttons"]), ("danger", []))
        self.assertIn("101.0 °C, spec 70", item["text"])
        tiles = self.tiles(snapshot)
        self.assertEqual(tiles["tanks_out_of_spec"]["level"], "danger")
        for user in (self.operator, self.quality, self.manager):
            self.assert_numbers_open_their_lists(user)

    def test_quality_takes_a_hold_into_review_there(self):
        self.ingest_now(101)
        (item,) = self.snapshot(self.quality)["attention"]["items"]
        (button,) = item["buttons"]
        hold = self.env[item["model"]].with_user(self.quality).browse(item["id"])
        getattr(hold, button["method"])()
        (item,) = self.snapshot(self.quality)["attention"]["items"]
        self.assertEqual((item["status"], item["buttons"]), ("Under review", []))
        self.assert_counts(holds_critical=1, holds_decided=0)
        hold._decide("released", "use_as_is", "The customer agrees")
        self.assert_counts(holds_critical=0, holds_decided=1, tanks_held=0, tanks_out_of_spec=1)
        self.assertEqual(self.snapshot(self.quality)["attention"]["items"], [])

    def test_what_people_do_to_holds_is_told_to_the_screens(self):
        told = []
        nudge = patch.object(
            type(self.env["iot.nudge"]), "_nudge", lambda nudge, *arguments: told.append(arguments)
        )
        expected = ("fusion_plating.group_plating_operator", ("hold",), {"tank_ids": self.tank.ids})
        holds = self.env["fusion.plating.quality.hold"].with_user(self.quality)
        with nudge:
            hold = holds.create({"tank_id": self.tank.id, "description": "Oil on the surface"})
            self.assertEqual(told, [expected])
            hold.action_start_review()
            self.assertEqual(told, [expected] * 2)
            hold._decide("released", "use_as_is", "The customer agrees")
        self.assertEqual(told, [expected] * 3)

    def test_the_worst_hold_comes_first(self):
        severities = ["minor", "critical", "major", "critical"]
        now = fields.Datetime.now()
        for number, severity in enumerate(severities):
            values = {
                "tank_id": self.tank.id,
                "severity": severity,
                "description": severity,
                "date_start": now - timedelta(hours=number),
            }
            self.env["fusion.plating.quality.hold"].create(values)
        items = self.snapshot(self.operator)["attention"]["items"]
        self.assertEqual(
            [(item["level"], item["since"][11:13]) for item in items],
            [
                ("danger", f"{now - timedelta(hours=3):%H}"),
                ("danger", f"{now - timedelta(hours=1):%H}"),
                ("warning", f"{now - timedelta(hours=2):%H}"),
                ("", f"{now:%H}"),
            ],
        )

    def test_sensors_that_are_silent_broken_or_due(self):
        today = fields.Date.context_today(self.env.user)
        self.sensor.calibration_due = today - timedelta(days=2)  # in any zone
        soon = self._make_sensor("28-0000000000b1", calibration_due=today + timedelta(days=3))
        self._make_sensor("28-0000000000b2", calibration_due=today + timedelta(days=300))
        self.ingest(self.measurement(80, 0))
        self.ingest_now(85.0, "28-0000000000b1")
        self.assert_counts(
            sensors=3, sensors_silent=1, calibration_overdue=1, calibration_soon=1, sensors_new=3
        )
        self.ingest_now(-127, "28-0000000000b1")
        self.assertEqual(soon.status, "fault")
        self.assert_counts(sensors_fault=1)
        self.assert_numbers_open_their_lists(self.operator)

    def test_a_tank_out_of_use_counts_nowhere(self):
        self.ingest_now(101)
        self.tank.active = False
        self.assert_counts(tanks=None, sensors=None, holds_critical=1)
        self.assert_numbers_open_their_lists(self.operator)

    def test_adjust(self):
        self.parameter.write({"action_max": 85, "limit_reason": "Test"})
        self.ingest_now(87)
        self.assert_counts(tanks_action=1, tanks_out_of_spec=0, limits_changed=1)
        self.assert_numbers_open_their_lists(self.operator)

    def test_other_companies(self):
        theirs = self.env["res.company"].create({"name": "Other plating"})
        tank = self.env["fusion.plating.tank"].create({"name": "Theirs", "company_id": theirs.id})
        values = {"tank_id": tank.id, "severity": "critical", "description": "Theirs"}
        self.env["fusion.plating.quality.hold"].create(values)
        self.assert_counts(tanks=1, holds_critical=0)
        self.operator.company_ids += theirs
        ours = {"allowed_company_ids": self.company.ids}
        self.assertEqual(self.counts(self.operator, "tanks", "holds_critical", **ours), [1, 0])
        both = {"allowed_company_ids": [self.company.id, theirs.id]}
        self.assertEqual(self.counts(self.operator, "tanks", "holds_critical", **both), [2, 1])
        self.assert_numbers_open_their_lists(self.operator, **both)

    def test_who_has_no_part_in_plating_sees_nothing_of_it(self):
        user = self.make_user("overview_iot_only", "fusion_iot.group_iot_user")
        self.assert_counts(user, tanks=None, sensors=None, holds_critical=None, limits_changed=None)
        self.assertEqual([track["name"] for track in self.snapshot(user)["guide"]["tracks"]], ["devices"])

    def test_many_tanks_take_no_more_queries(self):
        self.ingest_now(101)
        overview = self.env["iot.overview"].with_user(self.quality)
        few = self.count_queries(overview)
        for number in range(20):
            tank = self.env["fusion.plating.tank"].create(
                {"name": f"Tank {number}", "company_id": self.company.id}
            )
            bath = self.env["fusion.plating.bath"].create({"tank_id": tank.id})
            values = {"bath_id": bath.id, "target_min": 70.0, "target_max": 90.0}
            parameter = self.env["fusion.plating.bath.parameter"].create(values)
            values = {"tank_id": tank.id, "parameter_id": parameter.id}
            for probe in range(2):
                serial = f"28-00000{number:03d}{probe:04d}"
                self._make_sensor(serial, **values)
                self.ingest_now(101 if probe else 80, serial)
        self.assert_counts(tanks_out_of_spec=21, holds_critical=21)
        self.assertEqual(len(self.snapshot(self.quality)["attention"]["items"]), 8)
        self.assertLessEqual(self.count_queries(overview), few)
        self.assertLess(few, QUERIES)

    def count_queries(self, overview):
        self.env.flush_all()
        overview.snapshot()  # fills the caches that hold for all
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        overview.snapshot()
        return self.env.cr.sql_log_count - before

    def test_the_guide_leads_to_the_first_reading(self):
        company = self.env["res.company"].create({"name": "Empty"})
        manager = new_test_user(
            self.env,
            "overview_empty",
            "fusion_plating.group_plating_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertEqual(
            self.steps(manager), dict.fromkeys(("line", "tank", "bath", "sensor", "reading"), False)
        )
        env = self.env(user=manager)
        line = env["fusion.plating.line"].create({"name": "First line"})
        tank = env["fusion.plating.tank"].create({"name": "First tank", "line_id": line.id})
        bath = env["fusion.plating.bath"].create({"tank_id": tank.id})
        done = [name for name, is_done in self.steps(manager).items() if is_done]
        self.assertEqual(done, ["line", "tank"])
        values = {"bath_id": bath.id, "quantity": "temperature", "target_max": 90}
        parameter = env["fusion.plating.bath.parameter"].create(values)
        self.assertTrue(self.steps(manager)["bath"])
        values = {"name": "First", "tank_id": tank.id, "parameter_id": parameter.id}
        sensor = env["fp.tank.sensor"].create({**values, "device_serial": "28-0000000000f1"})
        self.assertEqual([name for name, is_done in self.steps(manager).items() if not is_done], ["reading"])
        env["fp.tank.reading"].create({"sensor_id": sensor.id, "value": 80})
        self.assertEqual(self.snapshot(manager)["guide"], {"shown": False, "dismissed": False, "tracks": []})

    def steps(self, user):
        tracks = {track["name"]: track for track in self.snapshot(user)["guide"]["tracks"]}
        return {step["name"]: step["done"] for step in tracks["plating"]["steps"]}

    def test_it_is_the_first_menu_of_plating(self):
        menus = self.env["ir.ui.menu"].with_user(self.operator).load_web_menus(False)
        app = menus[self.env.ref("fusion_plating.menu_plating_root").id]
        self.assertEqual(app["children"][0], self.env.ref("fusion_plating_iot.menu_plating_overview").id)
        self.assertEqual(app["actionID"], self.env.ref("fusion_iot.iot_overview_action").id)
