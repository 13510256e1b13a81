from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import LockNotAvailable

from ..alert import engine as engine_module
from ..alert.engine import LOCK, evaluate
from .alert_common import AlertCase
from .runtime_rows import connected


@tagged("post_install", "-at_install")
class TestAlertEngine(AlertCase):
    """Many alerts at once, several writers, and what people do."""

    name = "Meter"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["iot.alert"].sudo().search([]).unlink()
        cls.env["iot.alert.rule"].search([]).enabled = False
        cls.watch = cls.env.ref("fusion_iot.alert_rule_device_offline")
        cls.watch.write({"enabled": True, "on_delay": 0, "off_delay": 0, "first_evaluated_at": False})
        cls.watch.sudo().first_evaluated_at = cls.now
        cls.devices = cls.env["iot.device"].create(
            [{"name": cls.name, "identifier": f"alert-{number}", "offline_after": 0} for number in range(4)]
        )
        cls.device = cls.devices[0]
        cls.env["iot.device"].search([("id", "not in", cls.devices.ids)]).sudo().write(
            {"presence": "online", "offline_after": 0}
        )

    def set_offline(self, devices, offline=True):
        devices.sudo().write({"presence": "offline" if offline else "online"})

    def raised(self):
        self.set_offline(self.device)
        self.turn()
        return self.alerts(self.device)

    def test_a_thousand_flap_at_once(self):
        many = self.env["iot.device"].create(
            [{"name": f"Many {number}", "identifier": f"many-{number}"} for number in range(1000)]
        )
        few, few_ids = self.devices, (self.devices.ids, many.ids)
        self.watch.reopen_within = 600
        counts = {}
        for ids, label in zip(few_ids, ("few", "many"), strict=True):
            for is_offline in (True, False, True, False, True):
                self.set_offline(self.env["iot.device"].browse(ids), is_offline)
                self.env.flush_all()
                self.now += timedelta(seconds=5)
                before = self.env.cr.sql_log_count
                evaluate(self.env, self.now)
                counts.setdefault(label, []).append(self.env.cr.sql_log_count - before)
                self.env.invalidate_all()
        self.assertLessEqual(max(counts["many"]), max(counts["few"]) + 6, f"no query a source: {counts}")
        self.assertLess(max(counts["many"]), 60)
        self.env.cr.execute(
            "SELECT count(*), count(DISTINCT res_id), max(trigger_count) FROM iot_alert"
            " WHERE res_id = ANY(%s) AND phase != 'resolved'",
            [many.ids],
        )
        self.assertEqual(self.env.cr.fetchone(), (1000, 1000, 3))
        self.assertEqual(self.env["iot.alert"].search_count([("res_id", "in", many.ids)]), 1000)
        self.assertEqual(len(few), 4)

    def test_one_evaluation_at_a_time(self):
        other = connected()
        self.addCleanup(other.close)
        other.autocommit = False
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
        self.set_offline(self.device)
        self.assertIsNone(evaluate(self.env, self.now))
        self.assertFalse(self.alerts(self.device))
        other.rollback()
        self.assertEqual(self.turns(), ["opened", "raised"])

    def test_what_somebody_else_has_moved_meanwhile_is_left_to_the_next_turn(self):
        alert = self.raised()
        self.env.flush_all()
        read_open = engine_module.read_open

        def read_then_moved(cr):
            rows = read_open(cr)
            cr.execute("UPDATE iot_alert SET revision = revision + 1 WHERE id = %s", [alert.id])
            return rows

        self.set_offline(self.device, False)
        with patch.object(engine_module, "read_open", read_then_moved):
            self.assertEqual(self.turns(5), [])
        self.assertEqual(alert.status, "active")
        self.assertEqual(self.turns(5), ["cleared", "resolved"])

    def test_a_restart_in_the_middle_of_a_delay(self):
        """Nothing is kept in memory: each turn begins with what the rows say."""
        self.watch.write({"on_delay": 60, "off_delay": 60})
        self.set_offline(self.device)
        self.assertEqual(self.turns(), [])
        pending = self.env["iot.alert"].search([("status", "=", "pending"), ("res_id", "=", self.device.id)])
        self.assertEqual(len(pending), 1)
        user = new_test_user(self.env, "alert pending", "fusion_iot.group_iot_user")
        self.assertFalse(self.env["iot.alert"].with_user(user).search([("id", "in", pending.ids)]))
        self.assertEqual(self.turns(59), [])
        self.assertEqual(self.turns(1), ["opened", "raised"])
        self.set_offline(self.device, False)
        self.assertEqual(self.turns(10), [])
        self.assertEqual(self.turns(59), [])
        self.assertEqual(self.turns(1), ["cleared", "resolved"])
        self.assertEqual(pending.duration, 10.0)

    def test_what_does_not_last_leaves_nothing(self):
        self.watch.on_delay = 60
        self.set_offline(self.device)
        self.turn()
        self.set_offline(self.device, False)
        self.turn(30)
        self.env.cr.execute("SELECT count(*) FROM iot_alert WHERE res_id = %s", [self.device.id])
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_what_was_so_before_anybody_watched_is_old_news(self):
        self.watch.sudo().first_evaluated_at = False
        self.set_offline(self.devices)
        said = self.turn()
        self.assertEqual([kind for kind, _name in said].count("backlog"), 4)
        self.assertNotIn("raised", [kind for kind, _name in said])
        self.set_offline(self.device, False)
        self.turn(1)
        self.set_offline(self.device)
        self.assertEqual(self.turns(700), ["opened", "raised"], "what comes later is news")

    def test_what_is_back_to_stay_is_told_anew(self):
        self.watch.reopen_within = 600
        alert = self.raised()
        alert.action_acknowledge()
        self.set_offline(self.device, False)
        self.turn(60)
        self.set_offline(self.device)
        self.assertEqual(self.turns(60), ["retriggered"])
        self.assertEqual(alert.status, "acknowledged")
        self.assertEqual(self.turns(599), [])
        self.assertEqual(self.turns(1), ["raised"])
        self.assertEqual((alert.status, alert.trigger_count), ("active", 2))
        self.assertFalse(alert.acked_by_id or alert.acked_at)

    def test_a_rule_that_fails_harms_no_other(self):
        broken, slow = self.env["iot.alert.rule"].create(
            [
                {"name": "Broken", "alert_type": "box_offline", "enabled": True},
                {"name": "Slow", "alert_type": "connection_lost", "enabled": True},
            ]
        )
        rules = type(self.env["iot.alert.rule"])

        def sleeps(rule, now, active):
            rule.env.cr.execute("SET LOCAL statement_timeout = '50ms'; SELECT pg_sleep(5)")

        with (
            patch.object(rules, "_find_box_offline", lambda *_args: 1 / 0),
            patch.object(rules, "_find_connection_lost", sleeps),
            mute_logger("odoo.addons.fusion_iot.alert.engine", "odoo.sql_db"),
        ):
            self.assertTrue(self.raised())
        self.assertIn("ZeroDivisionError", broken.fault)
        self.assertIn("statement timeout", slow.fault)
        self.turn(5)
        self.assertFalse(broken.fault or slow.fault)

    def test_what_waits_for_a_lock_is_looked_at_once_more(self):
        """As while modules are upgraded: it is no fault of the rule."""

        def waits(rule, now, active):
            raise LockNotAvailable("canceling statement due to lock timeout")

        with (
            patch.object(type(self.watch), "_find_device_offline", waits),
            self.assertRaises(LockNotAvailable),
        ):
            self.turn()
        self.assertFalse(self.watch.fault)

    def test_a_rule_that_is_switched_off_or_archived(self):
        for values in ({"enabled": False}, {"active": False}):
            with self.subTest(values=values):
                self.watch.write({"enabled": True, "active": True, "off_delay": 600})
                alert = self.raised()[:1]
                self.watch.write(values)
                self.turn(5)
                self.assertEqual(alert.status, "resolved")
                self.set_offline(self.device, False)
                self.turn(700)

    def test_for_some_sources_and_with_exceptions(self):
        self.watch.source_domain = repr([("id", "in", self.devices[:2].ids)])
        self.watch.exception_ids = [
            (0, 0, {"res_id": self.device.id, "out_of_service": True, "reason": "Being moved"}),
            (0, 0, {"res_id": self.devices[1].id, "severity": "critical", "reason": "Cools the bath"}),
        ]
        self.set_offline(self.devices)
        self.assertEqual(sorted(kind for kind, _name in self.turn()), ["opened", "opened", "raised"])
        quiet, loud = self.alerts(self.device), self.alerts(self.devices[1])
        self.assertEqual((quiet.out_of_service, quiet.is_quiet, quiet.told_at), (True, True, False))
        self.assertEqual((loud.severity, loud.is_quiet), ("critical", False))
        self.assertFalse(self.alerts(self.devices[2]))
        self.watch.exception_ids[0].unlink()
        self.assertEqual(self.turns(5), ["released"])

    def test_an_exception_is_for_what_its_maker_sees(self):
        company = self.env["res.company"].create({"name": "Other"})
        theirs = new_test_user(
            self.env,
            "other boss",
            "fusion_iot.group_iot_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.device.company_id = self.env.company
        exceptions = self.env["iot.alert.rule.exception"]
        values = {
            "rule_id": self.watch.id,
            "res_id": self.device.id,
            "out_of_service": True,
            "reason": "Hush",
        }
        with self.assertRaises(AccessError):
            exceptions.with_user(theirs).create(values)
        with self.assertRaises(ValidationError):
            exceptions.create({**values, "res_id": self.devices[-1].id + 1000})
        exception = exceptions.create(values)
        self.assertEqual(exception.source_name, self.device.display_name)
        self.assertFalse(exception.with_user(theirs).source_name)

    def test_a_schedule(self):
        tuesday = self.now.replace(year=2026, month=3, day=3, hour=12, minute=0, second=0)
        self.env.company.partner_id.tz = "Europe/Berlin"
        self.device.company_id = self.env.company
        self.watch.write({"schedule": "outside", "hours_from": 6, "hours_to": 22})
        self.set_offline(self.device)
        self.now = tuesday
        self.assertEqual(self.turns(), [])
        self.now = tuesday.replace(hour=21)
        self.assertEqual(self.turns(), ["opened", "raised"], "22:00 where the company is")
        self.now = tuesday.replace(day=4, hour=6)
        self.assertEqual(self.turns(), ["cleared", "resolved"])

    def test_acknowledging_several_at_once(self):
        self.set_offline(self.devices)
        self.turn()
        alerts = self.env["iot.alert"].search([("res_id", "in", self.devices.ids)])
        user = new_test_user(self.env, "alert user", "fusion_iot.group_iot_user")
        alerts.with_user(user).action_acknowledge(note="On my way")
        self.assertEqual(set(alerts.mapped("status")), {"acknowledged"})
        self.assertEqual(alerts.acked_by_id, user)
        self.assertIn("On my way", alerts[0].message_ids[0].body)
        self.assertEqual(alerts[0].message_ids[0].author_id, user.partner_id)
        self.set_offline(self.device, False)
        self.assertEqual(self.turns(5), ["cleared", "resolved"])

    def test_shelving(self):
        alert = self.raised()
        user = new_test_user(self.env, "alert user", "fusion_iot.group_iot_user", tz="Asia/Tokyo")
        alert = alert.with_user(user)
        dialog = (
            self.env["iot.alert.shelve"]
            .with_user(user)
            .with_context(default_alert_ids=alert.ids)
            .create({"how_long": "hour", "reason": "Maintenance"})
        )
        self.assertIn("Meter: Offline", dialog.what)
        for how_long in ("shift", "tomorrow"):
            dialog.how_long = how_long
            self.assertGreater(dialog.until, self.now)
        dialog.how_long = "hour"
        dialog.action_shelve()
        self.assertEqual(
            (alert.is_quiet, alert.shelve_reason, alert.shelved_by_id), (True, "Maintenance", user)
        )
        self.assertRegex(alert.message_ids[0].body, r"Shelved until .* JST\. Maintenance", "read in any zone")
        self.assertEqual(self.turns(1800), [])
        self.assertEqual(self.turns(1900), ["released"], "it is still so")
        with self.assertRaises(UserError):
            alert.shelve(self.now - timedelta(days=400), "Too late")

    def test_resolving_by_hand_is_refused_while_it_is_so(self):
        alert = self.raised()
        with self.assertRaisesRegex(UserError, "It is still so: Meter.*Shelve it"):
            alert.action_resolve()
        self.watch.latch = True
        self.set_offline(self.device, False)
        self.turn(5)
        self.assertEqual((alert.status, alert.is_latched, alert.is_active), ("active", True, False))
        alert.action_resolve()
        self.assertEqual(alert.status, "resolved")

    def test_who_sees_and_does_what(self):
        company = self.env["res.company"].create({"name": "Another"})
        self.device.company_id = self.env.company
        alert = self.raised()
        stranger = new_test_user(
            self.env,
            "alert stranger",
            "fusion_iot.group_iot_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        employee = new_test_user(self.env, "alert employee", "base.group_user")
        user = new_test_user(self.env, "alert user", "fusion_iot.group_iot_user")
        self.assertFalse(self.env["iot.alert"].with_user(stranger).search([("id", "=", alert.id)]))
        for outsider in (stranger, employee):
            with self.assertRaises(AccessError):
                alert.with_user(outsider).action_acknowledge()
        summary = self.env["iot.alert"].with_user(user).summary()
        self.assertEqual((summary["count"], summary["unacked"], summary["level"]), (1, 1, "warning"))
        alert.with_user(user).write(
            {"note": "Plug pulled", "cause_id": self.env.ref("fusion_iot.alert_cause_power").id}
        )
        with self.assertRaises(AccessError):
            alert.with_user(user).write({"status": "resolved"})
        with self.assertRaises(AccessError):
            self.watch.with_user(user).write({"severity": "info"})

    def test_switching_a_rule_on_says_how_often_it_would_have_fired(self):
        self.watch.enabled = False
        action = self.watch.action_enable()
        dialog = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertIn("is not recorded", dialog.figure)
        dialog.action_enable()
        self.assertTrue(self.watch.enabled)

    def test_old_ones_are_deleted(self):
        alert = self.raised()
        self.set_offline(self.device, False)
        self.turn(5)
        self.assertEqual(self.env["iot.alert"]._gc_resolved(), (0, False))
        self.env["ir.config_parameter"].set_param("fusion_iot.alert_keep_days", "10")
        self.env.cr.execute(
            "UPDATE iot_alert SET resolved_at = resolved_at - interval '11 days' WHERE id = %s", [alert.id]
        )
        self.assertEqual(self.env["iot.alert"]._gc_resolved(), (1, False))
