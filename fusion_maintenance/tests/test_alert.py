from odoo.addons.fusion_iot.tests.alert_notify_common import NotifyCase
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from ..models.iot_alert import PRIORITIES


@tagged("post_install", "-at_install")
class TestAlert(NotifyCase):
    """An alert of a device is one of its equipment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.oven = cls.env["maintenance.equipment"].create({"name": "Oven"})
        cls.probe = cls.env["iot.device"].create(
            {"name": "Probe", "identifier": "oven-probe", "equipment_id": cls.oven.id}
        )
        cls.team = cls.env["maintenance.team"].create({"name": "Bakers", "company_id": cls.env.company.id})

    def requests(self):
        return self.env["maintenance.request"].search([("equipment_id", "=", self.oven.id)])

    # What the equipment shows

    def test_equipment_shows_what_is_the_matter_with_its_devices(self):
        bare = self.env["maintenance.equipment"].create({"name": "Table"})
        self.assertEqual((self.oven.alert_count, self.oven.alert_level, self.oven.alert_text), (0, False, ""))
        alert = self.alert(self.probe, "critical", urgency=3)
        own = self.alert(self.oven, "warning", urgency=2)
        self.alert(self.device("Other"), "critical")
        self.env.invalidate_all()
        self.assertEqual((self.oven.alert_count, self.oven.alert_level), (2, "critical"))
        self.assertEqual(self.oven.alert_text.splitlines(), [f"{self.probe.name}: Offline", "Oven: Offline"])
        self.assertEqual(self.probe.alert_text, "Offline", "there is no doubt whose")
        self.assertEqual(bare.alert_count, 0)
        self.assertEqual(self.env["iot.alert"].search(self.oven.action_open_alerts()["domain"]), alert | own)
        self.assertEqual((alert.equipment_id, own.equipment_id), (self.oven, self.oven))

    def test_many_take_no_more_queries(self):
        def count():
            everything = self.env["maintenance.equipment"].search([("iot_device_ids", "!=", False)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            everything.mapped("alert_text")
            everything.mapped("iot_presence")
            return self.cr.sql_log_count - before

        self.alert(self.probe)
        few = count()
        for number in range(30):
            equipment = self.env["maintenance.equipment"].create({"name": f"Oven {number}"})
            self.alert(self.device(f"Probe {number}", equipment_id=equipment.id))
        self.assertLessEqual(count(), few)

    def test_who_does_not_see_alerts_sees_the_equipment(self):
        self.alert(self.probe)
        stranger = new_test_user(
            self.env, "oven_stranger", "base.group_user,maintenance.group_equipment_manager"
        )
        oven = self.oven.with_user(stranger)
        self.assertEqual((oven.name, oven.alert_count, oven.alert_text), ("Oven", 0, ""))
        with Form(oven) as form:
            form.note = "Looked at"
        self.assertIn("Looked at", self.oven.note)

    def test_the_technician_is_responsible(self):
        self.rule.write({"enabled": True, "on_delay": 0})
        self.oven.category_id = self.env["maintenance.equipment.category"].create(
            {"name": "Ovens", "technician_user_id": self.worker.id}
        )
        other = self.device("Other", presence="offline")
        self.env.flush_all()
        self.cr.execute("UPDATE iot_device SET presence = 'offline' WHERE id = %s", [self.probe.id])
        self.env.invalidate_all()
        found = {
            finding.res_id: finding.responsible_id for finding in self.rule._find_device_offline(self.now, {})
        }
        self.assertEqual((found[self.probe.id], found.get(other.id)), (self.worker.id, None))
        self.oven.technician_user_id = self.boss
        found = {
            finding.res_id: finding.responsible_id for finding in self.rule._find_device_offline(self.now, {})
        }
        self.assertEqual(found[self.probe.id], self.boss.id)

    # Maintenance that a rule requests

    def test_a_request(self):
        self.respond("request", instruction="Look at the cable")
        alert = self.alert(self.probe, "critical")
        self.go()
        request, told = self.requests(), self.told()
        self.assertEqual((told.state, told.res_model, told.res_id), ("sent", request._name, request.id))
        self.assertEqual((request.name, request.alert_id), (alert.display_name, alert))
        self.assertEqual((request.maintenance_type, request.priority), ("corrective", PRIORITIES["critical"]))
        self.assertIn("Look at the cable", request.description)
        self.assertEqual(request.company_id, self.oven.company_id)
        self.assertEqual(alert.request_count, 1)
        self.assertEqual(
            self.env["maintenance.request"].search(alert.action_open_requests()["domain"]), request
        )

    def test_one_is_enough_until_it_is_done(self):
        self.respond("request")
        self.alert(self.probe)
        self.go()
        second = self.device("Meter", equipment_id=self.oven.id)
        self.alert(second)
        self.go(60)
        request = self.requests()
        self.assertEqual(len(request), 1)
        self.assertIn("was open already", self.told()[-1].error)
        self.assertIn("Again: Meter", request.message_ids[0].body)
        request.stage_id = self.env["maintenance.stage"].search([("done", "=", True)], limit=1)
        self.alert(self.device("Third", equipment_id=self.oven.id))
        self.go(120)
        self.assertEqual(len(self.requests()), 2)
        self.requests()[0].archive_equipment_request()
        self.alert(self.device("Fourth", equipment_id=self.oven.id))
        self.go(180)
        self.assertEqual(len(self.requests()), 3, "one that was cancelled asks nobody")

    def test_another_rule_asks_for_something_else(self):
        self.respond("request")
        self.alert(self.probe)
        self.go()
        rule = self.rule.copy({"name": "Gone for long"})
        self.respond("request", rule_id=rule.id)
        self.alert(self.probe, rule_id=rule.id)
        self.go(60)
        self.assertEqual(len(self.requests()), 2)

    def test_the_team_is_of_the_equipment_or_its_company(self):
        other = self.env["res.company"].create({"name": "Other works"})
        self.env["maintenance.team"].search([]).company_id = other
        self.respond("request")
        self.alert(self.probe)
        self.go()
        self.assertIn("There is no maintenance team", self.told().error)
        self.assertEqual((self.told().state, len(self.requests())), ("failed", 0))
        self.team.company_id = self.env.company
        self.alert(self.device("Meter", equipment_id=self.oven.id))
        self.go(60)
        self.assertEqual(self.requests().maintenance_team_id, self.team)

    def test_no_equipment(self):
        self.respond("request")
        self.alert(self.device("Lonely"))
        self.go()
        self.assertEqual(self.told().state, "failed")
        self.assertIn("Lonely belongs to no equipment", self.told().error)

    # Maintenance that a person requests

    def test_by_hand(self):
        self.env["maintenance.team"].search([]).company_id = self.env.company
        alert = self.alert(self.probe)
        action = alert.with_user(self.worker).action_request_maintenance()
        requests = self.env["maintenance.request"].with_user(self.worker).with_context(**action["context"])
        with Form(requests) as form:
            self.assertEqual(form.equipment_id, self.oven.with_user(self.worker))
        self.assertEqual(self.requests().alert_id, alert)
        self.assertEqual((alert.request_count, self.requests().owner_user_id), (1, self.worker))
        with self.assertRaisesRegex(UserError, "belongs to no equipment"):
            self.alert(self.device("Lonely")).action_request_maintenance()
