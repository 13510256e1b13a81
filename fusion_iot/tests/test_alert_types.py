from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models import iot_alert_engine, iot_alert_find
from .alert_common import AlertCase


@tagged("post_install", "-at_install")
class TestAlertTypes(AlertCase):
    """Each type of this addon: its condition begins, is told once, goes, and is in the history with its duration."""

    name = "Oven meter"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["iot.runtime.worker"].sudo().search([]).unlink()
        cls.device = cls.env["iot.device"].create(
            {"name": cls.name, "identifier": "oven-meter", "offline_after": 5, "expected_interval": 10}
        )
        cls.connection = cls.env["mqtt.connection"].create({"name": "Broker", "host": "broker.test"})

    def hear(self, seconds_ago=0):
        seen = self.now - timedelta(seconds=seconds_ago)
        self.device.sudo().write({"presence": "online", "last_seen": seen})

    def worker(self, state, **values):
        """The state of the worker of the connection."""
        self.connection.enabled = True
        worker = self.connection.worker_id
        self.env["iot.runtime.worker"].sudo().search([("kind", "!=", "mqtt")]).unlink()
        self.env.cr.execute(
            "UPDATE iot_runtime_worker SET state = %s, state_since = %s, beat_at = %s, listed_at = %s WHERE id = %s",
            [state, values.get("since", self.now), values.get("beat", self.now), self.now, worker.id],
        )
        self.env.invalidate_all()

    def patched_now(self):
        return patch("odoo.fields.Datetime.now", lambda *_args: self.now)

    def test_a_device_that_falls_silent(self):
        rule = self.rule("device_offline")
        rule.first_evaluated_at = self.now
        with self.patched_now():
            self.hear()
            self.assertEqual(self.turns(), [])
            self.assertEqual(self.turns(300), [])
            self.assertEqual(self.turns(5), [], "its on-delay runs")
            self.assertEqual(self.turns(6), ["opened", "raised"])
            [alert] = self.alerts(self.device)
            self.assertEqual((alert.status, alert.severity, alert.is_active), ("active", "warning", True))
            self.assertEqual(self.device.presence, "offline")
            self.assertIn("Offline, last heard", alert.text)
            self.assertEqual(self.device.alert_level, "warning")
            self.assertEqual([self.turns(60) for _ in range(5)], [[]] * 5, "it is told once")
            self.hear()
            self.assertEqual(self.turns(30), [])
            self.assertEqual(self.turns(15), ["cleared", "resolved"])
        self.assertEqual((alert.status, alert.is_active, alert.duration), ("resolved", False, 330.0))
        self.assertEqual(alert.duration_text, "5 min")
        self.assertFalse(self.device.alert_count)

    def test_status_and_alert_say_the_same(self):
        """The scheduled action that lets devices count as offline may be late: the alert does not wait for it."""
        with self.patched_now():
            self.hear(seconds_ago=400)
            self.turn()
            self.turn(20)
        self.assertEqual(self.device.presence, "offline")
        self.assertEqual(self.alerts(self.device).status, "active")

    def test_after_a_start_no_device_is_offline_that_has_had_no_time_to_report(self):
        """The server was away for an hour: what was said meanwhile, nobody heard."""
        engine = self.env["iot.alert.engine"]._only()
        self.env["iot.runtime.worker"]._list("alert", engine)
        worker = engine._worker()
        self.rule("device_offline").first_evaluated_at = self.now
        with self.patched_now():
            self.hear(seconds_ago=3600)
            self.rows(worker, state="connecting", connected_since=None)
            self.assertEqual(self.turns(), [])
            self.rows(worker, state="connected", connected_since=self.now)
            self.assertEqual(self.turns(59), [])
            self.assertEqual(self.device.presence, "online")
            self.env["iot.device"]._mark_silent_offline()
            self.assertEqual(self.device.presence, "online", "nor does the scheduled action say so")
            self.assertEqual(self.turns(1), ["opened", "raised"])
            self.assertEqual(self.device.presence, "offline")

    def test_what_a_broker_has_kept_of_a_device_is_not_the_last_word(self):
        """After a power failure of all, the broker says that devices are gone which are about to come back."""
        engine = self.env["iot.alert.engine"]._only()
        self.env["iot.runtime.worker"]._list("alert", engine)
        self.rule("device_offline").write({"first_evaluated_at": self.now, "on_delay": 0})
        with self.patched_now():
            self.rows(engine._worker(), state="connected", connected_since=self.now)
            self.hear(seconds_ago=3600)
            self.device.sudo().presence = "offline"
            self.assertEqual(self.turns(59), [])
            self.assertEqual(self.turns(1), ["opened", "raised"])

    def test_one_that_says_goodbye_after_a_start_is_not_waited_for(self):
        engine = self.env["iot.alert.engine"]._only()
        self.env["iot.runtime.worker"]._list("alert", engine)
        self.rule("device_offline").write({"first_evaluated_at": self.now, "on_delay": 0})
        self.device.write({"expected_interval": 900, "offline_after": 45})
        with self.patched_now():
            self.rows(engine._worker(), state="connected", connected_since=self.now)
            self.hear()
            self.device.sudo().presence = "offline"
            self.assertEqual(self.turns(59), [])
            self.assertEqual(self.turns(1), ["opened", "raised"])

    def test_what_a_server_that_has_just_started_will_have_in_a_moment(self):
        """After an hour without one, nobody has the connections yet when the evaluation begins."""
        engine = self.env["iot.alert.engine"]._only()
        for name in ("runtime_down", "connection_lost", "box_offline"):
            self.rule(name).write({"first_evaluated_at": self.now, "on_delay": 0, "off_delay": 0})
        box = self.env["iot.box"].create({"name": "Box", "identifier": "box-alert"})
        gone = {"online": False, "gone_at": self.now - timedelta(hours=1)}
        box.sudo().write({"state": "paired", "token_hash": "hash", "channel": "channel", **gone})
        with self.patched_now():
            self.worker("connected", beat=self.now - timedelta(hours=1))
            self.env["iot.runtime.worker"]._list("alert", engine)
            self.rows(engine._worker(), state="connecting", connected_since=None)
            self.turn()
            self.rows(engine._worker(), state="connected", connected_since=self.now)
            self.turn(14)
            self.assertFalse(self.alerts(engine) | self.alerts(self.connection) | self.alerts(box))
            self.turn(1)
            self.assertTrue(self.alerts(engine) & self.alerts(engine, status="active"))
            self.assertFalse(self.alerts(box))
            self.turn(45)
            self.assertTrue(self.alerts(box))

    def test_behind_a_connection_that_was_away_for_a_moment(self):
        """Too short for an alert of its own: what is behind it has to be heard all the same."""
        self.device.expected_interval = 60
        self.env["mqtt.device"].create(
            {
                "iot_device_id": self.device.id,
                "device_id": "oven-meter",
                "connection_id": self.connection.id,
                "topic_pattern": "tele/oven/#",
            }
        )
        self.device.offline_after = 5
        with self.patched_now():
            self.hear(seconds_ago=400)
            self.worker("connected", beat=self.now + timedelta(hours=1))
            self.rows(self.connection.worker_id, connected_since=self.now - timedelta(seconds=30))
            self.turn(149)
            self.assertEqual(self.device.presence, "online")
            self.turn(1)
            self.assertEqual(self.device.presence, "offline")

    def rows(self, worker, **values):
        """The row of a worker, that a server writes."""
        values = {"beat_at": self.now + timedelta(hours=1), **values}
        sets = ", ".join(f"{name} = %s" for name in values)
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE iot_runtime_worker SET {sets} WHERE id = %s", [*values.values(), worker.id]
        )
        self.env.invalidate_all()

    def test_nobody_can_tell_how_often_it_would_have_fired(self):
        """No record is kept of when devices, boxes, connections and the runtime were away: the dialog says so."""
        for name in ("runtime_down", "connection_lost", "box_offline", "device_offline", "disk_or_queue"):
            action = self.rule(name).action_enable()
            dialog = self.env[action["res_model"]].with_context(**action["context"]).create({})
            self.assertIn("Nobody can tell how often it would have fired", dialog.figure, name)

    def test_what_follows_from_something_makes_that_as_bad(self):
        """A broker that matters little by its rule is critical while a critical device is behind it."""
        self.env["mqtt.device"].create(
            {
                "iot_device_id": self.device.id,
                "device_id": "oven-meter",
                "connection_id": self.connection.id,
                "topic_pattern": "tele/oven/#",
            }
        )
        self.rule("connection_lost").write({"severity": "info", "on_delay": 0, "off_delay": 0})
        watch = self.rule("device_offline")
        watch.write({"on_delay": 0, "off_delay": 0, "first_evaluated_at": self.now})
        critical = {"res_id": self.device.id, "severity": "critical", "reason": "Cools the bath"}
        watch.exception_ids = [(0, 0, critical)]
        with self.patched_now():
            self.worker("failed", beat=self.now + timedelta(hours=1))
            self.device.sudo().presence = "offline"
            self.turn()
            self.turn(5)
            [lost], [alert] = self.alerts(self.connection), self.alerts(self.device)
            self.assertEqual((alert.suppressed_by_id, lost.severity, lost.urgency), (lost, "critical", 35))
            watch.exception_ids.out_of_service = True
            self.turn(5)
            self.turn(5)
            self.assertEqual(lost.severity, "info")

    def test_an_archived_device_is_no_matter(self):
        with self.patched_now():
            self.hear(seconds_ago=400)
            self.turn(20)
            self.assertTrue(self.alerts(self.device, status="active"))
            self.device.active = False
            self.turn(1)
            self.turn(20)
        self.assertEqual(self.alerts(self.device).status, "resolved")

    def test_a_box_that_is_gone(self):
        box = self.env["iot.box"].create({"name": "Box", "identifier": "box-alert"})
        box.sudo().write(
            {
                "state": "paired",
                "token_hash": "hash",
                "channel": "channel",
                "online": False,
                "gone_at": self.now,
            }
        )
        self.name = "Box"
        self.rule("box_offline").first_evaluated_at = self.now
        self.assertEqual(self.turns(), [])
        self.assertEqual(self.turns(20), ["opened", "raised"])
        self.device.sudo().write({"box_id": box.id, "presence": "offline"})
        self.turn(30)
        alert = self.alerts(self.device)
        self.assertTrue(alert.is_suppressed, "what hangs on it follows from it")
        self.assertEqual(alert.suppressed_by_id, self.alerts(box))
        self.assertFalse(alert.told_at)
        box.sudo().write({"online": True})
        self.assertEqual(self.turns(1), [])
        self.assertEqual(self.turns(10), ["cleared", "resolved"])

    def test_a_connection_that_is_lost_and_what_is_behind_it(self):
        self.env["mqtt.device"].create(
            {
                "iot_device_id": self.device.id,
                "device_id": "oven-meter",
                "connection_id": self.connection.id,
                "topic_pattern": "tele/oven/#",
            }
        )
        self.rule("connection_lost").first_evaluated_at = self.now
        self.rule("device_offline").first_evaluated_at = self.now
        with self.patched_now():
            self.worker("connected")
            self.hear()
            self.assertEqual([self.turns(), self.alerts(self.connection)], [[], self.env["iot.alert"]])
            self.worker("retrying")
            self.turn(5)
            self.worker(
                "retrying", since=self.now - timedelta(seconds=5), beat=self.now + timedelta(seconds=30)
            )
            self.turn(20)
            [lost] = self.alerts(self.connection)
            self.assertEqual((lost.status, lost.severity), ("active", "critical"))
            self.now += timedelta(seconds=400)
            self.worker("retrying", beat=self.now)
            self.assertEqual(self.turns(), ["opened"], "nobody is told that a device behind it is gone")
            [alert] = self.alerts(self.device)
            self.turn()
            self.assertEqual((alert.is_suppressed, alert.suppressed_by_id, alert.urgency), (True, lost, 2))
            # It is back, and so is the device after a while.
            self.worker("connected")
            self.turn(1)
            self.worker("connected", beat=self.now + timedelta(seconds=10))
            self.turn(10)
            self.assertEqual(lost.status, "resolved")
            self.assertEqual(self.turns(10), [], "it has been given no time to report yet")
            self.hear()
            self.turn(1)
            self.turn(10)
        self.assertEqual((alert.status, alert.told_at), ("resolved", False))

    def test_a_device_that_stays_away_after_its_connection_is_back(self):
        self.test_a_connection_that_is_lost_and_what_is_behind_it()
        self.env["iot.alert"].search([]).sudo().unlink()
        with self.patched_now():
            self.hear(seconds_ago=900)
            self.worker("failed", since=self.now - timedelta(seconds=60), beat=self.now + timedelta(hours=1))
            self.turn()
            self.turn(30)
            self.worker("connected", beat=self.now + timedelta(hours=1))
            self.turn(1)
            self.turn(10)
            self.assertEqual(self.turns(49), [])
            self.assertEqual(self.turns(20), ["released"])

    def test_a_dead_runtime(self):
        engine = self.env["iot.alert.engine"]._only()
        self.name = "IoT runtime"
        self.rule("runtime_down").first_evaluated_at = self.now
        with self.patched_now():
            self.worker("connected")
            self.assertEqual(self.turns(), [])
            self.assertEqual(self.turns(20), [])
            self.assertEqual(self.turns(30), ["opened", "raised"])
            [alert] = self.alerts(engine)
            self.assertIn("No server runs it (workers waiting: 1)", alert.text)
            self.turn(20)
            self.assertTrue(self.alerts(self.connection).is_suppressed, "the connections follow from it")
            self.assertFalse(self.env["iot.runtime.worker"]._health()["alive"])
            self.worker("connected")
            self.assertEqual(self.turns(1), ["cleared", "resolved"])

    def test_the_scheduled_action_leaves_it_to_the_runtime(self):
        engine = self.env["iot.alert.engine"]
        self.env["iot.runtime.worker"]._list("alert", engine._only())
        self.assertTrue(engine._evaluate_unless_served())
        self.rows(engine._worker(), state="connected", beat_at=fields.Datetime.now())
        self.env.invalidate_all()
        self.assertFalse(engine._evaluate_unless_served())

    def backstop(self, set_back=0):
        """Run the scheduled action; how long it has waited, in seconds.

        :param set_back: for how many seconds the clock of the wall is set back meanwhile
        """
        slept, beginning = [], self.now

        def sleep(seconds):
            self.assertLess(len(slept), 100, "it comes to an end")
            self.now += timedelta(seconds=seconds - (0 if slept else set_back))
            slept.append(seconds)

        clock = SimpleNamespace(sleep=sleep, monotonic=lambda: 1_000.0 + sum(slept))
        with (
            self.patched_now(),
            patch.object(iot_alert_engine, "time", clock),
            self.enter_registry_test_mode(),
        ):
            self.env.flush_all()
            self.env["iot.alert.engine"]._backstop()
            self.env.invalidate_all()
        self.assertEqual((self.now - beginning).total_seconds(), sum(slept) - (set_back if slept else 0))
        return sum(slept)

    def test_the_scheduled_action_waits_for_what_is_about_to_be(self):
        """Its next run is a minute later, and people are to be told within one."""
        engine = self.env["iot.alert.engine"]
        self.rule("runtime_down").first_evaluated_at = self.now
        self.worker("connected")
        self.env["iot.runtime.worker"]._list("alert", engine._only())
        self.env.cr.execute("UPDATE iot_runtime_worker SET state = 'connected', beat_at = %s", [self.now])
        self.assertEqual(self.backstop(), 0, "the runtime works")
        notify = self.env.ref("fusion_iot.ir_cron_alert_notify")
        triggers = self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", notify.id)])
        self.now += timedelta(seconds=8)
        with patch.object(type(self.env["iot.runtime.worker"]), "_is_copy", lambda self: True):
            self.assertEqual(self.backstop(), 0)
        self.assertEqual(self.backstop(), 20)
        [alert] = self.alerts(engine._only())
        self.assertEqual((alert.status, alert.alert_type), ("active", "runtime_down"))
        after = self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", notify.id)])
        self.assertGreater(after, triggers)
        self.assertEqual(self.backstop(), 0, "nothing more is about to be")

    def test_the_scheduled_action_ends_although_the_clock_is_set_back(self):
        self.worker("connected")
        self.turn()
        self.worker("failed", since=self.now)
        self.assertEqual(self.backstop(set_back=3600), 30)

    def test_a_disk_that_is_full(self):
        rule, engine = self.rule("disk_or_queue"), self.env["iot.alert.engine"]._only()
        rule.write({"enabled": True, "limit_min": 10.0, "on_delay": 0, "off_delay": 0})
        self.name = "IoT runtime"
        usage = iot_alert_find.shutil.disk_usage("/")
        with patch.object(
            iot_alert_find.shutil, "disk_usage", lambda _path: usage._replace(total=1000, used=950, free=50)
        ):
            self.assertIn(("opened", self.name), self.turn())
        [alert] = self.alerts(engine, alert_type="disk_or_queue")
        self.assertEqual((alert.text, alert.value), ("The disk of the server has 5.0 % left", 5.0))

    def test_a_queue_that_is_full(self):
        self.rule("disk_or_queue").write({"enabled": True, "on_delay": 0})
        self.worker("connected")
        self.env.cr.execute("UPDATE iot_runtime_worker SET full_since = %s WHERE kind = 'mqtt'", [self.now])
        self.env.invalidate_all()
        self.name = "Broker"
        self.assertEqual(self.turns(1)[:1], ["opened"])
        [alert] = self.alerts(self.connection, alert_type="disk_or_queue")
        self.assertEqual(alert.text, "More comes than can be stored")
