from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.fusion_iot.alert.engine import evaluate
from odoo.tests import new_test_user, tagged

from fusion_iot_core.protocol import Measurement, Quality

from .common import SERIAL, TankCase


@tagged("post_install", "-at_install")
class TestAlert(TankCase):
    """What is the matter with tank sensors: the rules say the same as the status that screens show."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.subtract(fields.Datetime.now(), hours=1)  # a time to come is not believed
        rules = cls.env["iot.alert.rule"].search([])
        rules.sudo().first_evaluated_at = cls.now
        rules.write({"on_delay": 0, "off_delay": 0})
        cls.sensor.expected_interval = 60

    def rule(self, name):
        return self.env.ref(f"fusion_plating_iot.alert_rule_{name}")

    def enable(self, name, **values):
        rule = self.rule(name)
        rule.write({"enabled": True, **values})
        return rule

    def measure(self, value, seconds_ago=0, **values):
        self.start = self.now.replace(tzinfo=self.start.tzinfo)
        self.ingest(self.measurement(value, -seconds_ago, **values))

    def test_the_rules_can_be_read_by_who_has_nothing_to_do_with_tanks(self):
        rule = self.rule("sensor_silent")
        rule.exception_ids = [(0, 0, {"res_id": self.sensor.id, "out_of_service": True, "reason": "Spare"})]
        manager = new_test_user(self.env, "iot only", "base.group_user,fusion_iot.group_iot_manager")
        seen = rule.with_user(manager).web_read(
            {"exception_ids": {"fields": {"source_name": {}, "reason": {}}}}
        )
        [exception] = seen[0]["exception_ids"]
        self.assertEqual((exception["source_name"], exception["reason"]), ("", "Spare"))

    def turn(self, seconds=0):
        self.now += timedelta(seconds=seconds)
        with patch("odoo.fields.Datetime.now", lambda *_args: self.now):
            self.env.flush_all()
            self.env.invalidate_all()
            said = evaluate(self.env, self.now)
            self.env.invalidate_all()
        ours = set(self.alerts().ids)
        return [each.kind for each in said if each.alert_id in ours]

    def alerts(self, **values):
        domain = [("res_model", "=", "fp.tank.sensor"), ("res_id", "=", self.sensor.id)]
        return self.env["iot.alert"].search(domain + [(name, "=", value) for name, value in values.items()])

    def test_a_sensor_that_falls_silent(self):
        self.measure(80)
        self.assertEqual(self.turn(180), [], "three intervals are no silence yet")
        self.assertEqual(self.turn(1), ["opened", "raised"])
        [alert] = self.alerts()
        self.assertEqual(
            (alert.alert_type, alert.severity, alert.status), ("sensor_silent", "critical", "active")
        )
        self.assertIn("Silent, last reading", alert.text)
        with patch("odoo.fields.Datetime.now", lambda *_args: self.now):
            self.assertEqual(self.sensor.status, "silent")
            self.assertEqual(self.sensor.alert_level, "critical")
        self.assertEqual([self.turn(30) for _ in range(4)], [[]] * 4)
        self.measure(80)
        self.assertEqual(self.turn(5), ["cleared", "resolved"])
        self.assertEqual((alert.status, alert.duration), ("resolved", 125.0))

    def runtime(self, seconds_ago):
        """The runtime has worked for so long."""
        workers = self.env["iot.runtime.worker"].sudo()
        workers.search([("kind", "=", "alert")]).unlink()
        engine = self.env["iot.alert.engine"]._only()
        return workers.create(
            {
                "kind": "alert",
                "name": "Alerts",
                "res_model": engine._name,
                "res_id": engine.id,
                "state": "connected",
                "beat_at": self.now + timedelta(hours=1),
                "connected_since": self.now - timedelta(seconds=seconds_ago),
            }
        )

    def test_after_a_start_nothing_is_silent_that_has_had_no_time_to_report(self):
        self.measure(80, seconds_ago=3000)
        worker = self.runtime(-0.7)
        self.assertEqual(self.turn(0), [], "the evaluation knows whole seconds only")
        self.assertEqual(self.turn(180), [], "three intervals are no silence yet")
        self.assertEqual(self.turn(1), ["opened", "raised"])
        worker.connected_since = self.now
        self.assertEqual(self.turn(5), [], "what has been told stays so over a restart")
        self.assertEqual(self.alerts().status, "active")

    def test_nobody_knows_when_a_runtime_that_is_gone_was_started(self):
        self.measure(80, seconds_ago=3000)
        self.runtime(0).beat_at = self.now - timedelta(seconds=60)
        self.assertEqual(self.turn(1), ["opened", "raised"])

    def test_a_start_in_a_time_to_come(self):
        """The clock was set back."""
        self.measure(80, seconds_ago=3000)
        self.runtime(-3600)
        self.assertEqual(self.turn(1), ["opened", "raised"])

    def test_a_past_that_comes_late_is_no_silence(self):
        """A gateway, or a simulator, makes up for hours: each reading is older than three intervals, until the last."""
        for ago in (7000, 5000, 3000, 1000):
            self.received(ago)
            self.assertEqual(self.turn(5), [])
        self.received(0)
        self.assertEqual(self.turn(5), [])
        self.assertFalse(self.alerts(), "nothing of it is kept")
        self.assertEqual(self.turn(180), ["opened", "raised"])

    def test_a_past_that_does_not_reach_the_present(self):
        self.received(7000)
        self.assertEqual(self.turn(5), [])
        self.assertEqual(self.turn(170), [])
        self.assertEqual(self.turn(10), ["opened", "raised"], "nothing comes any more")

    def test_a_clock_that_is_slow(self):
        """The sensor is shown as silent all the time; people are told of that once it has lasted."""
        for seconds in range(0, 180, 60):
            self.received(700)
            self.assertEqual(self.turn(60), [], seconds)
        self.received(700)
        self.assertEqual(self.turn(60), ["opened", "raised"])

    def received(self, ago):
        """A reading that is so old arrives now."""
        with patch("odoo.fields.Datetime.now", lambda *_args: self.now):
            self.ingest(
                self.measurement(80, (self.now - self.start.replace(tzinfo=None)).total_seconds() - ago)
            )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE fp_tank_sensor SET last_received_at = %s WHERE id = %s", [self.now, self.sensor.id]
        )
        self.env.invalidate_all()

    def test_a_sensor_that_somebody_has_changed_is_heard_first(self):
        self.measure(80)
        self.turn(100)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE fp_tank_sensor SET write_date = %s WHERE id = %s", [self.now, self.sensor.id]
        )
        self.assertEqual(self.turn(179), [])
        self.assertEqual(self.turn(2), ["opened", "raised"])

    def test_late_data_of_a_silence_that_is_over_opens_nothing(self):
        self.measure(80)
        self.measure(80, seconds_ago=3000)
        self.measure(20, seconds_ago=2000, quality=Quality.BAD)
        self.assertEqual(self.turn(5), [])

    def test_a_broken_probe(self):
        self.measure(80)
        self.measure(-127.0)
        self.now += timedelta(seconds=1)
        self.measure(-127.0)
        self.assertEqual(self.turn(1), ["opened", "raised"])
        [alert] = self.alerts()
        self.assertEqual(alert.alert_type, "sensor_fault")
        self.assertIn("Sensor fault", alert.text)
        self.now += timedelta(seconds=60)
        self.measure(80)
        self.assertEqual(self.turn(1), ["cleared", "resolved"])

    def test_action_limits_with_a_deadband(self):
        self.enable("out_of_action_limits", deadband=1.0)
        self.parameter.write({"action_min": 75.0, "action_max": 85.0})
        self.measure(80)
        self.assertEqual(self.turn(1), [])
        self.now += timedelta(seconds=60)
        self.measure(74.5)
        self.assertEqual(self.turn(1), ["opened", "raised"])
        [alert] = self.alerts()
        with patch("odoo.fields.Datetime.now", lambda *_args: self.now):
            self.assertEqual(self.sensor.status, "action")
        self.assertIn("74.5 °C, action limits 75 – 85", alert.text)
        self.now += timedelta(seconds=60)
        self.measure(75.5)
        self.assertEqual(self.turn(1), [], "not inside by the deadband")
        self.now += timedelta(seconds=60)
        self.measure(76.5)
        self.assertEqual(self.turn(1), ["cleared", "resolved"])

    def test_a_tank_that_is_off_may_be_cold(self):
        self.enable("temperature_deviation")
        self.enable("out_of_action_limits")
        self.parameter.write({"setpoint": 80.0, "action_min": 75.0})
        self.measure(70)
        self.assertEqual(sorted(self.turn(1)), ["opened", "opened", "raised", "raised"])
        deviation = self.alerts(alert_type="temperature_deviation")
        self.assertEqual(deviation.text, "70.0 °C, -10 from the setpoint of 80")
        self.bath.action_dump()
        self.assertEqual(self.turn(1).count("resolved"), 2)
        self.now += timedelta(seconds=30)
        self.measure(21)
        self.assertEqual(self.turn(1), [])

    def test_a_value_that_changes_fast(self):
        self.enable("rate_of_change", rate=1.0, after=600)
        self.sensor.expected_interval = 600
        self.measure(80)
        self.now += timedelta(seconds=300)
        self.measure(78)
        self.assertEqual(self.turn(1), [])
        self.now += timedelta(seconds=240)
        self.measure(70)
        self.assertEqual(self.turn(1), ["opened", "raised"])
        self.assertIn("70.0 °C, changing by -1.1", self.alerts().text)

    def test_a_calibration_that_is_due(self):
        self.measure(80)
        self.sensor.calibration_due = fields.Date.add(fields.Date.today(), days=30)
        self.assertEqual(self.turn(1), [])
        self.sensor.calibration_due = fields.Date.subtract(fields.Date.today(), days=3)
        self.assertEqual(self.turn(1), ["opened", "raised"])
        self.assertIn("Calibration overdue since", self.alerts().text)
        line = self.env["iot.alert.delivery"]._alert_line(self.alerts(), "raised")
        self.assertEqual(line.count("since"), 1, line)
        self.sensor.calibration_due = fields.Date.add(fields.Date.today(), days=300)
        self.assertEqual(self.turn(1), ["cleared", "resolved"])

    def test_an_archived_sensor_is_no_matter(self):
        self.measure(80)
        self.turn(300)
        self.sensor.active = False
        self.assertEqual(self.turn(1), ["cleared", "resolved"])

    def lose_connection(self, device_id="gateway"):
        """A gateway behind a connection that does not work."""
        connection = self.env["mqtt.connection"].create({"name": "Broker", "host": "broker.test"})
        device = self.env["mqtt.device"].create(
            {
                "name": "Gateway",
                "device_id": device_id,
                "connection_id": connection.id,
                "topic_pattern": "tele/gateway/#",
            }
        )
        connection.enabled = True
        self.env.cr.execute(
            "UPDATE iot_runtime_worker SET state = 'retrying', state_since = %s, beat_at = %s WHERE res_id = %s",
            [self.now, self.now + timedelta(hours=1), connection.id],
        )
        self.env.invalidate_all()
        return device.iot_device_id

    def test_a_lost_connection_comes_first(self):
        self.measure(80)
        self.sensor.iot_device_id = self.lose_connection()
        self.turn(1)
        self.assertEqual(self.turn(300), ["opened"], "nobody is told of the silence")
        self.assertTrue(self.alerts().is_suppressed)

    def test_a_probe_that_is_known_by_its_serial_alone(self):
        """It depends on what has reported it last."""
        self.lose_connection(self.measurement(80).device)
        self.measure(80, quantity="temperature", unit="°C")
        self.assertFalse(self.sensor.iot_device_id)
        self.turn(1)
        self.assertEqual(self.turn(300), ["opened"], "nobody is told of the silence")
        self.assertTrue(self.alerts().is_suppressed)
        at = self.now.replace(tzinfo=self.start.tzinfo)
        self.ingest(Measurement(device="another", serial=SERIAL, value=80.5, at=at))
        self.assertEqual(self.turn(1), ["cleared", "resolved"])
        self.assertEqual(self.turn(300), ["retriggered", "released"], "it hangs elsewhere now")

    def test_probes_that_fall_silent_before_their_gateway_is_judged(self):
        """One cause is told once: whoever knows of the probes is not told of the gateway, too, nor that it is back."""
        gateway = self.env["iot.device"].create(
            {"name": "Gateway", "identifier": "gateway", "offline_after": 10, "expected_interval": 60}
        )
        probes = self.sensor | self._make_sensor("28-0000000000cc", expected_interval=60)
        probes.iot_device_id = gateway
        self.only_tells(tell_resolved=True)
        self.hear(gateway, *probes.mapped("device_serial"))
        for _minute in range(20):
            self.tell(60)
        alerts = self.env["iot.alert"].search(
            [
                ("rule_id.alert_type", "in", ("sensor_silent", "device_offline")),
                ("raised_at", ">=", self.began),
            ]
        )
        cause = alerts.filtered(lambda alert: alert.res_model == "iot.device")
        self.assertEqual(len(alerts), 3)
        self.assertEqual(
            (cause.is_quiet, cause.severity), (False, "critical"), "as bad as what follows from it"
        )
        self.assertEqual((alerts - cause).suppressed_by_id, cause)
        self.assertTrue(all(alert.is_quiet for alert in alerts - cause))
        self.assertEqual(self.messages(), [("app", {"sensor_silent"}), ("email", {"sensor_silent"})])
        self.hear(gateway, *probes.mapped("device_serial"))
        for _second in range(4):
            self.tell(30)
        self.assertEqual(set(alerts.mapped("status")), {"resolved"})
        both = [("app", {"sensor_silent"}), ("email", {"sensor_silent"})]
        self.assertEqual(self.messages(), both * 2)

    def test_a_probe_that_was_silent_long_before_its_gateway(self):
        """Whoever knows of that one probe is told of the gateway all the same."""
        gateway = self.env["iot.device"].create({"name": "Gateway", "identifier": "gateway"})
        probes = self.sensor | self._make_sensor("28-0000000000cc", expected_interval=60)
        probes.iot_device_id = gateway
        self.only_tells()
        self.hear(gateway, *probes.mapped("device_serial"))
        for _minute in range(10):
            self.tell(30)
            self.hear(gateway, "28-0000000000cc")
        self.assertEqual(self.messages(), [("app", {"sensor_silent"}), ("email", {"sensor_silent"})])
        gateway.sudo().presence = "offline"
        for _minute in range(10):
            self.tell(30)
        self.assertEqual(
            self.messages()[2:], [("app", {"device_offline"}), ("email", {"device_offline"})], "it is told"
        )

    def test_a_gateway_that_says_goodbye_before_its_probes_are_silent(self):
        """It is told at once, and once it turns out to be as bad as that, to those who want to know of that only."""
        gateway = self.env["iot.device"].create({"name": "Gateway", "identifier": "gateway"})
        self.sensor.iot_device_id = gateway
        self.only_tells()
        self.hear(gateway, SERIAL)
        gateway.sudo().presence = "offline"
        for _minute in range(10):
            self.tell(30)
        self.assertEqual(self.messages(), [("app", {"device_offline"}), ("email", {"device_offline"})])
        self.assertEqual(self.alerts().suppressed_by_id.res_id, gateway.id)

    def only_tells(self, **values):
        """Nobody is told of anything but an operator, of warnings on screen, and of what is critical by e-mail."""
        self.env["iot.alert.policy"].search([]).active = False
        self.operator = new_test_user(
            self.env, "alert operator", "fusion_plating.group_plating_operator", email="operator@example.com"
        )
        people = {"user_ids": self.operator.ids, "tell_responsible": False, "push_from": False}
        rules = self.rule("sensor_silent") | self.env.ref("fusion_iot.alert_rule_device_offline")
        rules.enabled = True
        channels = {"app_from": "warning", "email_from": "critical", "rule_ids": rules.ids}
        self.env["iot.alert.policy"].create({"name": "Test", **people, **channels, **values})

    def hear(self, gateway, *serials):
        self.began = self.now
        self.start = self.now.replace(tzinfo=self.start.tzinfo)
        self.ingest(*(self.measurement(80, 0, serial) for serial in serials))
        gateway.sudo().write({"presence": "online", "last_seen": self.now})

    def tell(self, seconds):
        """A turn of the evaluation and of the sender, so much later, and one when the messages are due."""
        self.turn(seconds)
        with patch("odoo.fields.Datetime.now", lambda *_args: self.now):
            self.env["iot.alert.notifier"]._turn([], 0)
        self.now += timedelta(seconds=15)
        with patch("odoo.fields.Datetime.now", lambda *_args: self.now):
            self.env["iot.alert.notifier"]._turn([], 0)
        self.env.invalidate_all()

    def messages(self):
        """By which way was told of what, in order."""
        sent = self.env["iot.alert.delivery"].search(
            [("user_id", "=", self.operator.id), ("state", "in", ("sent", "queued"))], order="id"
        )
        return [(each.channel, set(each.line_ids.alert_id.mapped("alert_type"))) for each in sent]

    def test_many_sensors_take_no_more_statements_than_few(self):
        """All types at once, over sensors that are silent, broken or beyond their limits."""
        self.env["iot.alert.rule"].search([]).write({"enabled": True, "first_evaluated_at": self.now})
        counts = []
        for count in (5, 300):
            sensors = self.env["fp.tank.sensor"].create(
                [
                    {
                        "name": f"Many {count} {number}",
                        "device_serial": f"many-{count}-{number}",
                        "tank_id": self.tank.id,
                        "parameter_id": self.parameter.id,
                        "expected_interval": 60,
                    }
                    for number in range(count)
                ]
            )
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE fp_tank_sensor SET state_at = %s, last_reading_at = %s, last_reading_value = 20.0,"
                " judged_by_id = %s, last_quality = CASE WHEN id %% 2 = 0 THEN 'good' ELSE 'bad' END"
                " WHERE id = ANY(%s)",
                [
                    fields.Datetime.subtract(self.now, seconds=30),
                    fields.Datetime.subtract(self.now, seconds=30),
                    self.parameter.id,
                    sensors.ids,
                ],
            )
            self.env.invalidate_all()
            for seconds in (0, 600):
                with patch("odoo.fields.Datetime.now", lambda *_args: self.now):
                    self.now += timedelta(seconds=seconds)
                    before = self.env.cr.sql_log_count
                    evaluate(self.env, self.now)
                    self.env.invalidate_all()
                counts.append(self.env.cr.sql_log_count - before)
        domain = [("res_model", "=", "fp.tank.sensor"), ("res_id", "in", sensors.ids)]
        self.assertGreaterEqual(self.env["iot.alert"].search_count(domain), 300)
        self.assertLessEqual(max(counts[2:]), max(counts[:2]) + 6, counts)

    def test_who_sees_the_alerts_of_sensors(self):
        self.measure(80)
        self.turn(300)
        alert = self.alerts()
        operator = new_test_user(self.env, "alert operator", "fusion_plating.group_plating_operator")
        outsider = new_test_user(self.env, "alert outsider", "fusion_iot.group_iot_user")
        self.assertTrue(alert.with_user(operator).action_acknowledge())
        self.assertFalse(self.env["iot.alert"].with_user(outsider).search([("id", "=", alert.id)]))

    def test_what_is_on_after_installation(self):
        on = set(self.env["iot.alert.rule"].search([("enabled", "=", True)]).mapped("alert_type"))
        self.assertLessEqual({"sensor_silent", "sensor_fault", "calibration_due"}, on)
        self.assertFalse(on & {"out_of_action_limits", "temperature_deviation", "rate_of_change"})
