from datetime import timezone

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from fusion_iot_core.mqtt.reader import Intake

from .commands_common import CommandCase


class TestDeviceSwitch(CommandCase):
    """What is switched of a device, how it is, and who may switch it."""

    def test_two_switches_of_one_relay(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.pump.copy({"name": "The same"})
        self.pump.copy({"name": "Another", "relay": "2"})

    def test_who_sees_that_a_device_can_be_switched(self):
        manager = new_test_user(self.env, "command_manager", "fusion_iot.group_iot_manager")
        told = [self.device.with_user(user).is_switchable for user in (self.user, manager)]
        self.assertEqual(told, [True, True])
        self.pump.unlink()
        told = [self.device.with_user(user).is_switchable for user in (self.user, manager)]
        self.assertEqual(told, [False, True])
        lonely = self.env["iot.device"].create({"name": "Lonely", "identifier": "lonely"})
        self.assertFalse(lonely.with_user(manager).is_switchable)

    def heard(self, on, retained=False):
        """The relay is said to be so, by whatever message."""
        at = fields.Datetime.now().replace(tzinfo=timezone.utc)
        intake = Intake(at, relays={self.pump.id: (on, retained)})
        self.env["mqtt.intake"]._take(self.connection.id, None, intake)

    def test_a_switch_says_how_its_relay_is(self):
        self.assertEqual((self.pump.state, self.pump.state_at), ("unknown", False))
        with freeze_time("2026-11-30 10:00:00"):
            self.heard(True)
        self.assertEqual(self.pump.state, "on")
        since = fields.Datetime.to_datetime("2026-11-30 10:00:00")
        self.assertEqual(self.pump.state_at, since)
        self.heard(True)
        self.assertEqual(self.pump.state_at, since, "since when it has been so, not since when it was said")
        command = self.switch(False)
        self.assertEqual(self.pump.state, "on", "nothing has confirmed it")
        self.env["iot.command"]._conclude({command.id: (False, "no", None)})
        self.assertEqual(self.pump.state, "on")
        command = self.switch(False)
        self.env["iot.command"]._conclude({command.id: (True, "It is off.", None)})
        self.assertEqual((self.pump.state, self.pump.state_at), ("off", command.ended_at))
        self.heard(True, retained=True)
        self.assertEqual((self.pump.state, self.pump.state_at), ("on", False), "of unknown age")

    def test_the_state_is_that_of_the_relay_that_is_named(self):
        self.heard(True)
        self.pump.write({"name": "Big pump", "relay": False})
        self.assertEqual(self.pump.state, "on")
        self.pump.relay = "2"
        self.assertEqual((self.pump.state, self.pump.state_at), ("unknown", False))
        manager = new_test_user(self.env, "state_manager", "fusion_iot.group_iot_manager")
        self.refused(lambda: self.pump.with_user(manager).write({"state": "off"}))

    def test_screens_are_told_once(self):
        told = []
        self.patch(
            self.env.registry["iot.nudge"],
            "_nudge",
            lambda _self, group, kinds, named: told.append((kinds, named)),
        )
        self.heard(True)
        self.heard(True)
        news = {"device_ids": self.device.ids}
        self.assertEqual([each for each in told if each[0] == ("command",)], [(("command",), news)])

    def test_the_runtime_knows_which_relays_are_listed(self):
        def listed():
            self.env.flush_all()
            [route] = [
                each
                for each in self.env["mqtt.device"]._routes(self.connection.ids)
                if each.id == self.plug.id
            ]
            return route.switches, self.connection._specs()[self.connection.id].routes_version

        before, version = listed()
        self.assertEqual(before, ((self.pump.id, "tasmota", ""),))
        self.heard(True)
        self.assertEqual(listed(), (before, version), "a state changes nothing of that")
        self.pump.unlink()
        after, newer = listed()
        self.assertEqual(after, ())
        self.assertNotEqual(newer, version)

    def test_who_may_not_switch_reads_what_it_takes(self):
        self.assertFalse(self.device.with_user(self.operator).operate_hint)
        self.assertIn("IoT commands / Operator", self.device.with_user(self.user).operate_hint)
        self.device.operator_group_ids = self.env["res.groups"].create({"name": "Ovens"})
        self.device.invalidate_recordset()
        self.assertIn("Ovens", self.device.with_user(self.operator).operate_hint)
        with self.assertRaisesRegex(AccessError, "IoT commands / Operator.*Ovens"):
            self.switch()

    def test_a_switch_shows_its_last_command(self):
        self.assertFalse(self.pump.last_command_id)
        self.switch(False)
        command = self.switch()
        self.pump.invalidate_recordset()
        self.assertEqual((self.pump.last_command_id, self.pump.last_summary), (command, "Pump on"))
        self.assertEqual(self.device.command_count, 2)
