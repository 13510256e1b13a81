from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.fusion_iot.controllers.box_report import MAX_EVENT_BYTES, is_event, read_event
from odoo.addons.fusion_iot.models.iot_device_event import KEPT_S
from odoo.addons.fusion_iot_base.nudges import board
from odoo.addons.fusion_iot_base.problems import PlainJsonError
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from .iot_box_common import BoxCase

MODULE = "odoo.addons.fusion_iot.models.iot_device_event"
SCANNER = {"name": "Scanner", "type": "scanner"}
NAME = "10000000abcdef01/usb_1"


def scan(value, **more):
    return {"value": value, "status": "", "result": None, **more}


class TestDeviceEvent(BoxCase, TransactionCase):
    """What a device says by itself reaches who listens to it, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "listener", "base.group_user,fusion_iot.group_iot_user")

    def setUp(self):
        super().setUp()
        board.forget()
        self.box_, self.token = self.pair(devices={"usb_1": SCANNER, "usb_2": SCANNER})
        self.device = self.box_.device_ids.filtered(lambda device: device.box_device == "usb_1")
        self.messages()

    def say(self, value, name="usb_1"):
        self.assertTrue(self.box_._take_event(name, scan(value)))

    def listen(self, heard=None):
        told = self.env["iot.device"].with_user(self.user).listen([NAME], heard)[NAME]
        return [event["value"] for event in told["events"]], {NAME: told["last_event"]}

    def nudged(self):
        return [
            payload["device_ids"]
            for _channel, kind, payload in self.messages()
            if kind == "fusion_iot/nudge" and payload["kind"] == "device"
        ]

    def test_who_listens_hears_each_event_once(self):
        self.say("before")
        self.assertFalse(self.env["iot.device.event"].search([]), "nobody listens")
        self.assertFalse(self.nudged())
        said, heard = self.listen()
        self.assertEqual((said, heard), ([], {NAME: 0}))
        for value in ("1", "1", {"weight": 2.5}):
            self.say(value)
        self.say("another device", "usb_2")
        self.assertEqual(self.nudged()[0], self.device.ids)
        said, heard = self.listen(heard)
        self.assertEqual(said, ["1", "1", {"weight": 2.5}])
        self.assertEqual(self.listen(heard), ([], heard))
        # Who comes now hears what is said from now on.
        self.assertEqual(self.listen(), ([], heard))

    def test_it_is_kept_for_a_minute(self):
        _said, heard = self.listen()
        self.say("old")
        old = self.env["iot.device.event"].search([])
        old.at = fields.Datetime.now() - timedelta(seconds=KEPT_S + 1)
        self.say("new")
        self.assertFalse(old.exists())
        self.assertEqual(self.listen(heard)[0], ["new"])
        event = self.env["iot.device.event"].search([])
        event.at = fields.Datetime.now() - timedelta(seconds=KEPT_S + 1)
        event._gc_outdated()
        self.assertFalse(event.exists())

    def test_a_device_that_talks_too_much_is_heard_in_part(self):
        self.startPatcher(patch(f"{MODULE}.MAX_KEPT", 5))
        _said, heard = self.listen()
        for number in range(12):
            self.say(number)
        self.assertEqual(self.listen(heard)[0], list(range(7, 12)))

    def test_who_went_away_is_told_nothing(self):
        self.listen()
        self.env["iot.device.listener"].search([]).until = fields.Datetime.now() - timedelta(hours=1)
        self.say("nobody hears")
        self.assertFalse(self.env["iot.device.event"].search([]))

    def test_of_its_own_devices_only(self):
        other, _token = self.pair("10000000abcdef02", {"usb_9": SCANNER})
        self.listen()
        self.assertFalse(other._take_event("usb_1", scan("x")))
        self.assertFalse(self.box_._take_event("", scan("x")))
        self.report(token=self.token, devices={"usb_2": SCANNER})
        self.assertFalse(self.box_._take_event("usb_1", scan("pulled")))
        self.assertFalse(self.env["iot.device.event"].search([]))

    def test_junk(self):
        for wrong in ({NAME: "1"}, {NAME: -1}, {NAME: True}, {NAME: 2**70}, [NAME], "x", {NAME: None}):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self.listen(wrong)
        self.assertEqual(self.listen({"nobody": 7})[0], [])
        self.assertFalse(is_event({"device_identifier": "usb_1", "status": "disconnected"}))
        self.assertFalse(is_event({"time": 1.5, "action_args": {}, "session_id": "late"}))
        self.assertEqual(
            read_event({"device_identifier": "usb_1", "time": 1.5, "value": "1\n", "owner": "x"}),
            ("usb_1", {"value": "1\n", "status": "", "result": None}),
        )
        for wrong in ("\x00", float("nan"), "\ud800"):
            with self.subTest(wrong=wrong), self.assertRaises(PlainJsonError) as caught:
                read_event({"time": 1.5, "value": wrong})
            self.assertEqual(caught.exception.status, 400)
        with self.assertRaises(PlainJsonError) as caught:
            read_event({"time": 1.5, "value": "x" * MAX_EVENT_BYTES})
        self.assertEqual(caught.exception.status, 413)


@tagged("post_install", "-at_install")
class TestDeviceEventHttp(BoxCase, HttpCase):
    def test_over_http(self):
        one, _token = self.pair(devices={"usb_1": SCANNER})
        one.address = "127.0.0.1"
        told = self.env["iot.device"].listen([NAME])[NAME]
        self.env.flush_all()
        event = {
            "iot_box_identifier": one.identifier,
            "device_identifier": "usb_1",
            "time": 1.5,
            "value": "4006381333931",
        }
        for value, taken in (("4006381333931", 200), ("x" * MAX_EVENT_BYTES, 413), ("\x00", 400)):
            answer = self.opener.post(
                self.base_url() + "/iot/box/send_websocket",
                json={"params": {**event, "value": value}},
                timeout=patient(30),
            )
            self.assertEqual(answer.status_code, taken)
        self.env.invalidate_all()
        (heard,) = self.env["iot.device"].listen([NAME], {NAME: told["last_event"]})[NAME]["events"]
        self.assertEqual((heard["value"], heard["result"], heard["status"]), ("4006381333931", None, ""))
