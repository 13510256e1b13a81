import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.exceptions import UserError
from odoo.tests import TransactionCase

from .iot_box_common import BASE_URL, BoxCase

MODULE = "odoo.addons.fusion_iot.models.iot_box_call"


class TestBoxCalls(BoxCase, TransactionCase):
    """Messages to a box, and what comes back."""

    def setUp(self):
        super().setUp()
        self.read_committed = self.startPatcher(patch(f"{MODULE}.read_committed"))
        self.one, self.token = self.pair(devices={"usb_1": {"name": "One", "type": "scanner"}})
        self.one._note_connected("socket")
        self.messages()

    def answered(self, command_ids, answer):
        """The commands, after the box has answered what it was sent with what ``answer`` makes of the message."""
        for _channel, _kind, payload in self.messages():
            if "session_id" in payload and (made := answer(payload)) is not None:
                self.one._take_answer(payload["session_id"], made)
        return self.env["iot.command"].browse(command_ids)

    def act(self, action, data=None, answer=None, **options):
        return self.answered(self.one.device_ids.send_action(action, data, **options), answer)

    def press(self, button, answer=None):
        return self.answered(getattr(self.one, button)()["params"]["ids"], answer)

    def test_an_action_is_answered(self):
        seen = []

        def answer(payload):
            seen.append(payload)
            return {"status": "success", "result": {"said": payload["text"]}}

        reserved = {
            "iot_identifiers": ["all"],
            "device_identifiers": ["all"],
            "session_id": "mine",
            "text": "hello",
        }
        command = self.act("echo", reserved, answer)
        self.assertEqual((command.state, command.result), ("done", {"said": "hello"}))
        (payload,) = seen
        self.assertEqual(
            (payload["iot_identifiers"], payload["device_identifiers"], payload["action"]),
            ([self.one.identifier], ["usb_1"], "echo"),
        )
        self.assertNotEqual(payload["session_id"], "mine")
        self.assertTrue(payload["action_unique_id"])

    def test_nobody_waits_in_the_server(self):
        """A few people could keep all workers of the server busy with that."""
        begun = time.monotonic()
        with patch("time.sleep", side_effect=AssertionError("it waits")):
            commands = self.act("print", answer=lambda _payload: None, timeout=600)
            for button in ("action_ping", "action_test_connection", "action_restart"):
                commands += self.press(button, lambda _payload: None)
            self.one._note_gone("socket")
            commands += self.act("print", answer=lambda _payload: None, timeout=600)
        self.assertLess(time.monotonic() - begun, patient(10))
        self.assertEqual(commands.mapped("state"), ["sent"] * 4 + ["queued"])

    def test_what_can_go_wrong_is_said(self):
        device = self.one.device_ids
        for made, text in (
            ({"status": "error", "result": "out of paper"}, "out of paper"),
            ({"status": "disconnected"}, "is not connected to"),
        ):
            command = self.act("print", {}, lambda _payload, made=made: made)
            self.assertEqual(command.state, "failed")
            self.assertIn(text, command.answer)
        command = self.act("print", {}, lambda _payload: None, timeout=0.1)
        command.deadline = fields.Datetime.now() - timedelta(seconds=1)
        self.assertIn("did not answer within", command.outcome()[0]["answer"])
        self.assertEqual(command.state, "expired")
        self.one._note_gone("socket")
        self.one.gone_at = fields.Datetime.now() - timedelta(minutes=1)
        with self.assertRaisesRegex(UserError, "is not connected"):
            device.send_action("print")
        with self.assertRaisesRegex(UserError, "There is no way to send a command to x"):
            self.env["iot.device"].create({"name": "x", "identifier": "x"}).send_action("print")

    def test_the_buttons_of_a_box(self):
        command = self.press("action_ping", lambda _payload: {"status": "disconnected"})
        self.assertRegex(command.answer, r"answered after \d+ ms")
        command = self.press("action_restart", lambda _payload: {"status": "success"})
        self.assertIn("back in about a minute", command.answer)
        self.assertIn("Command: Restart", " ".join(self.one.message_ids.mapped("body")))

    def test_what_a_box_says_of_its_network(self):
        for result, lan in (
            ({"lan_quality": "fast", "wan_quality": None}, "fast"),
            ({"lan_quality": ["odd"]}, "unknown"),
            ("odd", "unknown"),
            (None, "unknown"),
        ):
            with self.subTest(result=result):
                command = self.press("action_test_connection", lambda _payload, r=result: {"result": r})
                self.assertEqual(command.answer, f"Its own network: {lan}. The internet: unknown.")

    def test_a_connection_that_comes_back_is_waited_for(self):
        """Odoo closes every websocket from time to time."""
        self.one._note_gone("socket")
        command = self.act("count", answer=lambda _payload: self.fail("nobody listens"))
        self.assertEqual(command.state, "queued")
        self.assertGreater(command.deadline, fields.Datetime.now() + timedelta(seconds=15))
        self.one._note_connected("again")
        self.answered(command.ids, lambda _payload: {"status": "success", "result": 7})
        self.assertEqual((command.state, command.result), ("done", 7))

    def test_a_box_that_came_back_at_the_same_moment(self):
        """Neither of the two saw what the other did."""
        self.one._note_gone("socket")
        command = self.act("count", answer=lambda _payload: None)
        with patch.object(type(command), "_resume"):
            self.one._note_connected("again")
        self.assertEqual(command.state, "queued")
        self.messages()
        for _ in range(2):
            self.assertEqual(command.outcome()[0]["state"], "sent")
        self.assertEqual(len([item for item in self.messages() if "session_id" in item[2]]), 1)

    def test_what_waited_too_long_is_not_sent_any_more(self):
        self.one._note_gone("socket")
        command = self.act("count", answer=lambda _payload: None)
        command.deadline = fields.Datetime.now() - timedelta(hours=1)
        self.one._note_connected("again")
        self.answered(command.ids, lambda _payload: self.fail("it was sent"))

    def test_an_answer_to_a_command_counts_once_and_from_the_box_that_was_asked(self):
        other, _token = self.pair("10000000abcdef02")
        self.messages()
        command_id = self.one.device_ids.send_action("count")
        [session] = [item[2]["session_id"] for item in self.messages() if "session_id" in item[2]]
        self.assertFalse(other._take_answer(session, {"status": "success", "result": 1}))
        self.assertTrue(self.one._take_answer(session, {"status": "success", "result": 2}))
        self.assertFalse(self.one._take_answer(session, {"status": "success", "result": 3}))
        self.assertEqual(self.env["iot.command"].browse(command_id).result, 2)

    def test_an_answer_counts_once_and_from_the_box_that_was_asked(self):
        other, _token = self.pair("10000000abcdef02")
        session = self.one._call("iot_action", {}, 5)
        self.assertFalse(other._take_answer(session, {"status": "success"}))
        self.assertFalse(self.one._take_answer(session + "x", {"status": "success"}))
        self.assertTrue(self.one._take_answer(session, {"status": "success"}))
        self.assertFalse(self.one._take_answer(session, {"status": "error"}))
        self.assertEqual(self.env["iot.box.call"].search([]).answer, {"status": "success"})

    def assert_just_seen(self):
        """In this transaction, that is: it is as old as the tests of this class."""
        self.assertGreaterEqual(self.one.last_seen, self.env.cr.now().replace(microsecond=0))

    def test_an_answer_says_that_the_box_is_there(self):
        self.one.last_seen = fields.Datetime.now() - timedelta(hours=1)
        self.one._take_answer(self.one._call("iot_action", {}, 5), {"status": "success"})
        self.assert_just_seen()

    def test_a_box_that_says_much_is_not_written_to_each_time(self):
        for age, written in ((timedelta(seconds=1), False), (timedelta(minutes=1), True)):
            with self.subTest(age=age):
                before = self.one.last_seen = self.env.cr.now().replace(microsecond=0) - age
                self.one._note_heard()
                self.assertEqual(self.one.last_seen != before, written)

    def test_an_answer_that_comes_too_late(self):
        session = self.one._call("iot_action", {}, -600)
        self.assertFalse(self.one._take_answer(session, {"status": "success"}))

    def test_the_address_of_the_server_changes(self):
        set_param = self.env["ir.config_parameter"].set_param
        set_param("web.base.url", "https://shop.example.com/")
        (told,) = [item for item in self.messages() if item[1] == "server_update"]
        self.assertEqual(told[0][-1], self.channel_of(self.one))
        self.assertEqual(
            told[2], {"server_url": "https://shop.example.com", "iot_identifiers": [self.one.identifier]}
        )
        # not what no box could use
        for url in ("http://localhost:8069", "nonsense"):
            set_param("web.base.url", url)
        set_param("another.key", "http://192.0.2.9")
        self.assertFalse([item for item in self.messages() if item[1] == "server_update"])
        # a box that was away hears of it when it is back
        self.one._note_gone("socket")
        set_param("web.base.url", BASE_URL)
        self.assertFalse([item for item in self.messages() if item[1] == "server_update"])
        self.one._note_connected("again")
        self.assertEqual(len([item for item in self.messages() if item[1] == "server_update"]), 1)

    def test_the_address_changes_while_a_websocket_is_dead_and_nobody_knows(self):
        """As after a server was killed: the box is back ten seconds later."""

        def told():
            return [item[2]["server_url"] for item in self.messages() if item[1] == "server_update"]

        set_param = self.env["ir.config_parameter"].set_param
        for url in ("https://shop.example.com", BASE_URL):
            set_param("web.base.url", url)
            self.assertEqual(told(), [url])
        for times in (1, 0):
            self.one._note_connected("again")
            self.assertEqual(told(), [BASE_URL] * times)

    def test_gone_without_a_goodbye(self):
        def quiet_for(**time):
            self.one.last_seen = fields.Datetime.now() - timedelta(**time)
            self.env["iot.box"]._check_presence()

        def asked():
            return [item[2]["session_id"] for item in self.messages() if item[1] == "iot_action"]

        device = self.one.device_ids
        quiet_for(seconds=30)
        self.assertFalse(asked())
        quiet_for(minutes=1)
        (session,) = asked()
        self.assertTrue(self.one._take_answer(session, {"status": "disconnected"}))
        self.assert_just_seen()
        quiet_for(minutes=3)
        self.assertTrue(self.one.online)
        quiet_for(minutes=4)
        self.assertEqual(
            (self.one.presence, device.presence, device.connected), ("offline", "offline", False)
        )
        # It was busy: it is there when it has answered one of them.
        (_earlier, session) = asked()
        self.assertTrue(self.one._take_answer(session, {"status": "disconnected"}))
        self.assertEqual((self.one.presence, device.presence, device.connected), ("online", "online", True))
        # Its websocket is closed in the end: it is asked no more.
        quiet_for(minutes=4)
        self.assertTrue(asked())
        self.one._note_gone("socket")
        quiet_for(minutes=5)
        self.assertFalse(asked())
        self.assertFalse(self.one.online)
        # Nor is one that never comes back.
        self.one._note_connected("again")
        quiet_for(hours=2)
        self.assertFalse(self.one.online)
        quiet_for(minutes=5)
        self.assertFalse(asked())

    def test_presence_is_checked_beside_what_boxes_say_meanwhile(self):
        """Odoo does not repeat a scheduled job that others came in between of: it would fail for all boxes."""
        self.env["iot.box"]._check_presence()
        self.read_committed.assert_called_with(self.env.cr)

    def test_calls_are_forgotten(self):
        self.one._call("iot_action", {}, 5)
        self.one._call("iot_action", {}, -60)
        self.env["iot.box"]._check_presence()
        self.assertEqual(len(self.env["iot.box.call"].search([])), 1)
