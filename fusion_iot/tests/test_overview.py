from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.fusion_iot_base.tests.overview_common import OverviewMixin
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, TransactionCase, freeze_time, new_test_user, tagged

from .mqtt_common import MqttCase

DEVICE_TILES = ("devices", "devices_online", "devices_offline", "devices_unknown")
QUERIES = 40


@tagged("post_install", "-at_install")
class TestOverview(OverviewMixin, MqttCase):
    """Devices, connections, boxes and the runtime in numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "overview_iot", "fusion_iot.group_iot_user")

    def make_devices(self, count, **values):
        made = [
            {"name": f"Device {number}", "identifier": f"overview-{values}-{number}", **values}
            for number in range(count)
        ]
        return self.env["iot.device"].create(made)

    def test_devices_by_presence(self):
        before = self.counts(self.user, *DEVICE_TILES)
        devices = self.make_devices(3)
        self.env.cr.execute(
            "UPDATE iot_device SET presence = CASE id WHEN %s THEN 'offline' ELSE 'online' END WHERE id = ANY(%s)",
            [devices[0].id, devices[:2].ids],
        )
        after = self.counts(self.user, *DEVICE_TILES)
        self.assertEqual([now - (then or 0) for now, then in zip(after, before, strict=True)], [3, 1, 1, 1])
        tiles = self.assert_numbers_open_their_lists(self.user)
        self.assertEqual(tiles["devices_offline"]["level"], "danger")
        self.assertGreaterEqual(tiles["devices_new"]["count"], 3)

    def test_devices_of_other_companies_are_not_counted(self):
        theirs = self.env["res.company"].create({"name": "Theirs"})
        (before,) = self.counts(self.user, "devices")
        self.make_devices(2, company_id=theirs.id)
        self.assertEqual(self.counts(self.user, "devices"), [before])
        self.user.company_ids += theirs
        both = {"allowed_company_ids": self.user.company_ids.ids}
        self.assertEqual(self.counts(self.user, "devices", **both), [(before or 0) + 2])
        self.assert_numbers_open_their_lists(self.user, **both)

    def test_a_connection_that_nobody_serves_is_a_problem(self):
        (before,) = self.counts(self.user, "connections_down")
        self.connection.enabled = True
        self.assertEqual(self.counts(self.user, "connections_down"), [before + 1])
        self.connection.enabled = False
        self.assertEqual(self.counts(self.user, "connections_down"), [before])
        self.assert_numbers_open_their_lists(self.user)

    def test_a_runtime_that_is_silent_is_one(self):
        before = self.counts(self.user, "runtime_silent")[0] or 0
        worker = self.env["iot.runtime.worker"].create(
            {
                "kind": "mqtt",
                "name": "Overview broker",
                "res_model": "mqtt.connection",
                "res_id": self.connection.id,
                "state": "connected",
                "beat_at": fields.Datetime.now() - timedelta(minutes=1),
            }
        )
        tiles = self.assert_numbers_open_their_lists(self.user)
        self.assertEqual(
            (tiles["runtime_silent"]["count"], tiles["runtime_silent"]["level"]), (before + 1, "danger")
        )
        self.assertEqual(worker.current_state, "waiting")
        worker.beat_at = fields.Datetime.now() + timedelta(minutes=1)
        self.assertEqual(self.counts(self.user, "runtime_silent"), [before])

    def test_boxes(self):
        self.env["iot.box"].create({"name": "Box", "identifier": "overview-box"})
        tiles = self.assert_numbers_open_their_lists(self.user)
        self.assertGreaterEqual(tiles["boxes"]["count"], 1)

    def make_alert(self, severity="critical", **values):
        rule = self.env["iot.alert.rule"].search([("alert_type", "=", "device_offline")], limit=1)
        device = self.make_devices(1, name=f"Alerting {severity} {fields.Datetime.now()} {values}")
        values = {
            "rule_id": rule.id,
            "alert_type": rule.alert_type,
            "severity": severity,
            "status": "active",
            "phase": "active",
            "is_active": True,
            "urgency": 10,
            "res_model": "iot.device",
            "res_id": device.id,
            "source_name": device.name,
            "raised_at": fields.Datetime.now(),
            **values,
        }
        return self.env["iot.alert"].sudo().create(values)

    def shift(self):
        return self.snapshot(self.user)["shift"]["hours"]

    def test_a_shift_is_as_long_as_that_which_works_now(self):
        self.env["iot.alert.shift"].search([]).unlink()
        self.assertEqual(self.shift(), 8)
        settings = self.env["res.config.settings"].create({"shift_hours": 10.5})
        settings.execute()
        self.assertEqual(self.shift(), 10.5)
        with self.assertRaises(ValidationError):
            self.env["res.config.settings"].create({"shift_hours": 0})
        every_day = dict.fromkeys(("saturday", "sunday"), True)
        shifts = [("Day", 6.0, 18.0), ("Evening", 18.0, 0.0), ("Night", 0.0, 6.0)]
        self.env["iot.alert.shift"].create(
            [
                {"name": name, "start": start, "end": end, "tz": "UTC", **every_day}
                for name, start, end in shifts
            ]
        )
        for hour, hours in ((7, 12), (19, 6), (3, 6)):
            with freeze_time(fields.Datetime.now().replace(hour=hour, minute=30)):
                self.assertEqual(self.shift(), hours)
        theirs = self.env["res.company"].create({"name": "Theirs"})
        self.env["iot.alert.shift"].search([]).company_id = theirs
        self.assertEqual(self.shift(), 10.5)

    def test_where_no_shift_works_it_is_the_longest(self):
        self.env["iot.alert.shift"].search([]).unlink()
        nobody = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), False)
        for start, end in ((6.0, 14.0), (14.0, 23.0)):
            self.env["iot.alert.shift"].create({"name": "Never", "start": start, "end": end, **nobody})
        self.assertEqual(self.shift(), 9)

    def test_one_word_for_one_thing(self):
        """A number says what the records say that it lists."""
        self.make_devices(1)
        tiles = self.tiles(self.snapshot(self.user))
        presences = self.env["iot.device"]._fields["presence"]._description_selection(self.env)
        for presence, label in presences:
            self.assertEqual(tiles[f"devices_{presence}"]["label"], label)

    def item_of(self, alert):
        items = {item["key"]: item for item in self.snapshot(self.user)["attention"]["items"]}
        return items.get(f"iot.alert-{alert.id}")

    def test_an_alert_is_acknowledged_and_shelved_there(self):
        names = ("alerts_critical", "alerts_raised")
        before = self.counts(self.user, *names)
        alert = self.make_alert(urgency=1000)
        self.assertEqual(self.counts(self.user, *names), [count + 1 for count in before])
        self.assert_numbers_open_their_lists(self.user)
        item = self.item_of(alert)
        self.assertEqual(
            (item["level"], item["title"], item["status"]), ("danger", alert.source_name, "Active")
        )
        acknowledge, shelve = (button["method"] for button in item["buttons"])
        mine = alert.with_user(self.user)
        self.assertTrue(getattr(mine, acknowledge)())
        self.assertEqual([button["method"] for button in self.item_of(alert)["buttons"]], [shelve])
        self.assertEqual(self.counts(self.user, *names)[0], before[0] + 1, "it is still so")
        self.assertEqual(getattr(mine, shelve)()["target"], "new")
        mine.shelve(fields.Datetime.now() + timedelta(hours=1), "Known")
        self.assertEqual(self.counts(self.user, *names)[0], before[0], "nobody is to hear of it for a while")
        self.assertIsNone(self.item_of(alert))
        self.assert_numbers_open_their_lists(self.user)

    def test_many_devices_and_connections_take_no_more_queries(self):
        for number in range(8):
            self.make_alert(source_name=f"Few {number}")
        overview = self.env["iot.overview"].with_user(self.user)
        few = self.count_queries(overview)
        self.make_devices(300, firmware="1")
        connections = [{"name": f"Broker {number}", "host": "broker.test"} for number in range(50)]
        self.env["mqtt.connection"].create(connections)
        for number in range(20):
            self.make_alert(source_name=f"Device {number}")
        self.assertEqual(self.count_queries(overview), few)
        self.assertLess(few, QUERIES)

    def count_queries(self, overview):
        self.env.flush_all()
        overview.snapshot()  # fills the caches that hold for all
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        overview.snapshot()
        return self.env.cr.sql_log_count - before

    def test_the_guide_names_what_is_next(self):
        manager = new_test_user(self.env, "overview_manager", "fusion_iot.group_iot_manager")
        exists = self.env["iot.overview"]._exists
        with patch.object(
            type(self.env["iot.overview"]), "_exists", lambda overview, model, domain=(): False
        ):
            steps = self.steps(manager)
            self.assertEqual([name for name, step in steps.items() if step["done"]], [])
            self.assertTrue(all(step["may"] and step["new"] for step in steps.values()))
            self.assertFalse(any(step["may"] for step in self.steps(self.user).values()))
        self.connection.enabled = True
        self.assertTrue(exists("mqtt.connection", [("enabled", "=", True)]))

    def steps(self, user):
        (track,) = [track for track in self.snapshot(user)["guide"]["tracks"] if track["name"] == "devices"]
        return {step["name"]: step for step in track["steps"]}


@tagged("post_install", "-at_install")
class TestFirstScreen(HttpCase):
    """The Overview is the first screen of those who may see it and have chosen none."""

    def home(self, user):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request("/web/session/get_session_info", {})["home_action_id"]

    def make_user(self, login, groups):
        return new_test_user(self.env, login, groups, password=login)

    def test_by_group(self):
        overview = self.env.ref("fusion_iot.iot_overview_action")
        user = self.make_user("first_screen", "base.group_user")
        group = self.env.ref("fusion_iot.group_iot_user")
        self.assertFalse(self.home(user))
        user.group_ids += group
        self.assertEqual(self.home(user), overview.id)
        user.group_ids -= group
        self.assertFalse(self.home(user), "who leaves the group is not sent where nothing is")
        group.user_ids += user
        self.assertEqual(self.home(user), overview.id, "however somebody comes into the group")

    def test_through_another_group(self):
        """Any group that implies that of the suite."""
        role = self.env["res.groups"].create({"name": "Shift lead"})
        user = self.make_user("first_screen_lead", "base.group_user")
        user.group_ids += role
        self.assertFalse(self.home(user))
        role.implied_ids += self.env.ref("fusion_iot.group_iot_operator")
        self.assertEqual(self.home(user), self.env.ref("fusion_iot.iot_overview_action").id)

    def test_what_somebody_chose_stays(self):
        chosen = self.env.ref("fusion_iot.iot_device_action")
        user = self.make_user("first_screen_chosen", "fusion_iot.group_iot_user")
        user.action_id = chosen.id
        self.assertEqual(self.home(user), chosen.id)
        user.action_id = False
        self.assertEqual(self.home(user), self.env.ref("fusion_iot.iot_overview_action").id)
        self.assertFalse(user.action_id, "nothing is written in the name of the user")


@tagged("post_install", "-at_install")
class TestOverviewMenus(TransactionCase):
    """It is the first menu of its app."""

    def test_first(self):
        user = new_test_user(self.env, "overview_menus", "fusion_iot.group_iot_user")
        menus = self.env["ir.ui.menu"].with_user(user).load_web_menus(False)
        app = menus[self.env.ref("fusion_iot.menu_iot_root").id]
        self.assertEqual(app["children"][0], self.env.ref("fusion_iot.menu_iot_overview").id)
        self.assertEqual(app["actionID"], self.env.ref("fusion_iot.iot_overview_action").id)
