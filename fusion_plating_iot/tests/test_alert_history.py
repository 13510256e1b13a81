from datetime import datetime, time, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from fusion_iot_core.protocol import Quality

from ..models import iot_alert_history
from .common import TankCase


@tagged("post_install", "-at_install")
class TestAlertHistory(TankCase):
    """Before a rule is switched on it says how often it would have fired, from readings and dates that are there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sensor.expected_interval = 60
        cls.start -= timedelta(days=2)

    def rule(self, name, **values):
        """The rule of a type, for the sensor of the test alone, without delays."""
        rule = self.env.ref(f"fusion_plating_iot.alert_rule_{name}")
        only = {"source_domain": repr([("id", "in", self.sensor.ids)]), "on_delay": 0, "off_delay": 0}
        rule.write({"enabled": False, **only, "reopen_within": 0, **values})
        return rule

    def said(self, rule):
        """The text, without what it says of its own length."""
        action = rule.action_enable()
        dialog = self.env[action["res_model"]].with_context(**action["context"]).create({})
        return dialog.figure

    def check(self, rule, times):
        words = {0: "it would not have fired.", 1: "it would have fired once."}
        expected = words.get(times, f"it would have fired {times} times.")
        self.assertEqual(self.said(rule), f"In the last 3 days {expected} There are no older records.")

    def every_minute(self, *values, start=0, **more):
        self.ingest(
            *(self.measurement(value, start + 60 * index, **more) for index, value in enumerate(values))
        )

    def test_without_readings(self):
        for name in ("sensor_silent", "sensor_fault", "out_of_action_limits", "rate_of_change"):
            with self.subTest(rule=name):
                self.assertIn("there are no records", self.said(self.rule(name)))

    def test_without_sensors(self):
        self.assertIn(
            "nothing that it would watch",
            self.said(self.rule("sensor_silent", source_domain="[('id', '=', 0)]")),
        )

    def test_a_sensor_that_was_silent(self):
        rule = self.rule("sensor_silent")
        self.every_minute(80, 80, 80)
        self.every_minute(80, 80, start=1000)
        self.every_minute(80, 80, start=1600)
        self.check(rule, 3)
        rule.on_delay = 500
        self.check(rule, 2)
        rule.write({"on_delay": 0, "reopen_within": 300})
        self.check(rule, 1)
        self.sensor.expected_interval = 0
        self.check(rule, 0)

    def test_a_silence_that_began_before(self):
        self.start -= timedelta(days=60)
        self.every_minute(80)
        self.assertEqual(
            self.said(self.rule("sensor_silent")), "In the last 30 days it would have fired once."
        )

    def test_a_broken_probe(self):
        rule = self.rule("sensor_fault")
        self.every_minute(80, 80, start=0)
        self.every_minute(-127.0, -127.0, start=120)
        self.every_minute(80, start=240)
        self.every_minute(20, start=300, quality=Quality.BAD)
        self.every_minute(80, start=360)
        self.check(rule, 2)
        rule.on_delay = 90
        self.check(rule, 1)

    def test_action_limits_with_a_deadband(self):
        self.parameter.write({"action_min": 75.0, "action_max": 85.0})
        self.every_minute(80, 74, 75.5, 74, 80, 86, 80)
        self.check(self.rule("out_of_action_limits"), 3)
        self.check(self.rule("out_of_action_limits", deadband=1.0), 2)
        self.check(self.rule("out_of_action_limits", deadband=1.0, on_delay=61), 1)

    def test_a_tank_that_is_off_may_be_cold(self):
        self.parameter.write({"action_min": 75.0})
        self.bath.action_dump()
        self.every_minute(70, 70)
        self.check(self.rule("out_of_action_limits"), 0)

    def test_a_deviation_from_the_setpoint(self):
        self.parameter.setpoint = 80.0
        self.every_minute(80, 84, 86, 84.7, 86, 80, 74)
        rule = self.rule("temperature_deviation", has_limit_max=True, limit_max=5.0, deadband=0)
        self.check(rule, 3)
        rule.deadband = 0.5
        self.check(rule, 2)
        limits = {"other_limits": True, "has_limit_max": True, "limit_max": 5.5, "reason": "Coarse heater"}
        rule.exception_ids = [fields.Command.create({"res_id": self.sensor.id, **limits})]
        self.check(rule, 3)
        rule.exception_ids.limit_max = 6.0
        self.check(rule, 0)
        rule.exception_ids.unlink()
        rule.has_limit_max = False
        self.assertIn("nothing that it would watch", self.said(rule))

    def test_a_value_that_changed_fast(self):
        rule = self.rule("rate_of_change", rate=1.0, after=300)
        self.every_minute(80, 80.5, 81, 79, 77, 75, 75, 75, 75, 75, 75, 75, 81)
        self.check(rule, 2)
        rule.rate = 10.0
        self.check(rule, 0)
        rule.rate = 0
        self.check(rule, 0)

    def test_a_calibration_that_was_due(self):
        rule = self.rule("calibration_due")
        self.env.cr.execute(
            "UPDATE fp_tank_sensor SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=400), self.sensor.id],
        )
        today = fields.Date.today()

        def due(days, since):
            """Set so many days ago: the day on which the calibration is due, from today."""
            self.sensor.calibration_due = today + timedelta(days=days)
            self.env["mail.thread"].flush_model()
            self.flush_tracking()
            at = datetime.combine(today, time.min) - timedelta(days=since)
            self.env.cr.execute(
                "UPDATE mail_message SET date = %s WHERE id = (SELECT max(mail_message_id) FROM mail_tracking_value"
                " WHERE field_id = %s)",
                [at, self.env["ir.model.fields"]._get("fp.tank.sensor", "calibration_due").id],
            )

        self.assertEqual(self.said(rule), "In the last 30 days it would not have fired.")
        due(-3, 25)  # from 25 days ago on due in a week
        self.assertEqual(self.said(rule), "In the last 30 days it would have fired once.")
        due(300, 5)
        self.assertEqual(self.said(rule), "In the last 30 days it would have fired once.")
        due(-1, 2)
        self.assertEqual(self.said(rule), "In the last 30 days it would have fired 2 times.")
        rule.reopen_within = 7 * 24 * 3600
        self.assertEqual(self.said(rule), "In the last 30 days it would have fired once.")

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.precommit.run()

    def test_for_whom_and_when_it_watches(self):
        self.every_minute(-127.0)
        rule = self.rule("sensor_fault")
        self.check(rule, 1)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        rule.company_id = other
        self.assertIn("nothing that it would watch", self.said(rule))
        rule.company_id = False
        rule.exception_ids = [
            fields.Command.create({"res_id": self.sensor.id, "out_of_service": True, "reason": "Being moved"})
        ]
        self.assertIn("nothing that it would watch", self.said(rule))
        rule.exception_ids.unlink()
        days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        every_hour = {"schedule": "within", "hours_from": 0, "hours_to": 0}
        rule.write({**every_hour, **dict.fromkeys(days, False)})
        self.check(rule, 0)
        rule.write(dict.fromkeys(days, True))
        self.check(rule, 1)
        self.env.company.partner_id.tz = "UTC"
        hour = self.start.hour + 3  # there are two of it in the 49 hours since then
        rule.write({"hours_from": hour % 24, "hours_to": (hour + 1) % 24})
        self.check(rule, 2)
        rule.schedule = "outside"
        self.check(rule, 3)

    def test_more_than_can_be_looked_through(self):
        self.every_minute(80)
        rule = self.rule("sensor_fault")
        with (
            patch.dict(iot_alert_history._HOLDS, {"sensor_fault": "pg_sleep(3) IS NULL"}),
            patch.dict("odoo.addons.fusion_iot.models.iot_alert_history.LIMITS", statement_timeout="100ms"),
        ):
            self.assertIn("takes too long to find out", self.said(rule))
        self.env.cr.execute(
            "CREATE FUNCTION pg_temp.takes_too_long() RETURNS bool LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'too long' USING ERRCODE = 'query_canceled'; END $$"
        )
        holds = "reading.quality = 'bad' OR reading.read_at < now() - interval '1 day' AND pg_temp.takes_too_long()"
        with patch.dict(iot_alert_history._HOLDS, {"sensor_fault": holds}):
            self.ingest(self.measurement(-127.0, 48 * 3600 + 60))
            self.assertEqual(
                self.said(rule),
                "In the last day it would have fired once. There are too many records to look further back.",
            )
        self.env.cr.execute("SELECT current_setting('statement_timeout')")
        self.assertEqual(self.env.cr.fetchone(), ("0",), "for that figure only")
        self.check(rule, 1)

    def test_only_its_own_readings_are_read(self):
        """By the index, however many the log has of others."""
        others = [self._make_sensor(f"28-0000000001{number:02}") for number in range(5)]
        self.every_minute(80, 81, 82)
        for sensor in others:
            self.env.cr.execute(
                "INSERT INTO fp_tank_reading (sensor_id, tank_id, value, read_at, received_at, quality, in_spec)"
                " SELECT %s, %s, 80, at, at, 'good', true FROM generate_series(%s, %s, interval '5 minutes') AS at",
                [sensor.id, sensor.tank_id.id, self.start - timedelta(days=60), self.start],
            )
        self.env.cr.execute("ANALYZE fp_tank_reading")
        for name in ("sensor_silent", "sensor_fault", "out_of_action_limits", "rate_of_change"):
            with self.subTest(rule=name):
                plan = self.plan_of(self.rule(name, rate=1.0, after=600))
                self.assertIn("using fp_tank_reading_identity", plan.replace("Scan on", "Scan using"))
                self.assertNotIn("Seq Scan on fp_tank_reading", plan)

    def plan_of(self, rule):
        """What PostgreSQL does to find out."""
        plans, execute = [], type(self.env.cr).execute

        def explained(cr, query, *arguments, **options):
            if isinstance(query, SQL) and "lasting" in query.code:
                execute(cr, f"EXPLAIN {query.code}", query.params)
                plans.append("\n".join(line for (line,) in cr.fetchall()))
            return execute(cr, query, *arguments, **options)

        with patch.object(type(self.env.cr), "execute", explained):
            self.said(rule)
        [plan] = plans
        return plan
