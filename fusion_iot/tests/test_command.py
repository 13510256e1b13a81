from datetime import timedelta

from odoo import fields
from odoo.addons.fusion_iot.models import iot_command, iot_device_presence
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .commands_common import CommandCase


class TestCommand(CommandCase):
    """What people may tell devices, and what becomes of it."""

    def take(self, most=20):
        return self.env["mqtt.device"]._take_orders(self.connection.id, most)

    def sent(self):
        command = self.switch()
        self.assertEqual([order[0] for order in self.take()], command.ids)
        self.assertEqual(command.state, "sent")
        return command

    def late(self, command):
        command.deadline = fields.Datetime.now() - timedelta(seconds=2)

    # Asking

    def test_a_command_waits_for_the_worker_of_its_connection(self):
        command = self.switch()
        self.assertEqual(
            (command.state, command.transport, command.user_id), ("queued", "mqtt", self.operator)
        )
        self.assertEqual(command.device_id, self.device)
        self.assertEqual(command.data, {"relay": "", "on": True})
        other = self.Connection.create({"name": "Another", "host": "other.test"})
        self.assertFalse(self.env["mqtt.device"]._take_orders(other.id, 20))
        [(command_id, order, seconds)] = self.take()
        self.assertEqual(command_id, command.id)
        self.assertEqual((order.topic, order.payload), ("cmnd/plug/POWER", b"ON"))
        self.assertTrue(13 < seconds <= 15.5, seconds)
        self.assertEqual(command.state, "sent")
        self.assertTrue(command.sent_at)
        self.assertFalse(self.take(), "it is sent once")

    def test_they_are_taken_in_order_and_as_many_as_there_is_room(self):
        commands = [self.switch(on) for on in (True, False, True)]
        self.assertEqual([order[0] for order in self.take(2)], [commands[0].id, commands[1].id])
        self.assertEqual([order[0] for order in self.take(2)], [commands[2].id])

    def test_the_runtime_hears_that_there_is_something(self):
        kind = self.env["iot.runtime.worker"]
        woken = []
        self.patch(type(kind), "_wake", lambda _self, workers=(): woken.append(workers))
        self.switch()
        self.assertEqual(woken, [{("mqtt", self.connection.id)}], "and no other worker")
        self.patch(self.env.registry["iot.device"], "_command_workers", lambda _self: set())
        self.switch()
        self.assertEqual(woken[1:], [()], "all, where it is not known whose it is")

    def test_asking_twice_with_one_key_is_one_command(self):
        command = self.switch(key="order-7")
        self.assertEqual(self.switch(key="order-7"), command)
        self.assertNotEqual(self.switch(key="order-8"), command)
        self.assertNotEqual(self.switch(), self.switch())
        other = self.make_device("other", topic_pattern="+/other/#", parser_type="tasmota").iot_device_id
        with self.assertRaisesRegex(UserError, "another command"):
            other._command("switch", {"on": True}, key="order-7")
        with self.assertRaisesRegex(UserError, "another command"):
            self.switch(False, key="order-7")

    def test_a_key_is_that_of_one_command_only(self):
        """Who asks for the opposite with it must not take the answer for his own."""
        command = self.switch(key="order-7")
        with self.assertRaisesRegex(UserError, "another command"):
            self.switch(False, key="order-7")
        self.assertEqual(command.summary, "Pump on")

    def test_asking_again_finds_the_command_though_the_device_is_away_by_now(self):
        command = self.switch(key="order-7")
        self.connection.enabled = False
        self.assertEqual(self.switch(key="order-7"), command)

    def test_two_that_ask_at_once_with_one_key(self):
        """The one that comes second does not see what the first has not committed; repeated, it finds it."""
        self.switch(key="order-7")
        Command = self.env.registry["iot.command"]
        self.patch(Command, "search", lambda records, *_args, **_options: records.browse())
        with mute_logger("odoo.sql_db"), self.assertRaises(ConcurrencyError):
            self.switch(key="order-7")

    def test_a_device_has_no_more_waiting_than_it_may(self):
        for _ in range(50):
            self.switch()
        with self.assertRaisesRegex(UserError, "50 commands waiting"):
            self.switch()

    def test_what_is_overdue_keeps_nobody_from_asking(self):
        overdue = [self.switch() for _ in range(50)]
        for command in overdue:
            self.late(command)
        self.assertEqual(self.switch().state, "queued")
        self.assertEqual({command.state for command in overdue}, {"expired"})

    def test_what_cannot_be_switched_is_said_before(self):
        for values, text in (
            ({"parser_type": "plain"}, "Choose its parser"),
            ({"topic_pattern": "tele/plug/#"}, "stat/plug/RESULT"),
            ({"active": False}, "cannot be reached"),
        ):
            before = {name: self.plug[name] for name in values}
            self.plug.write(values)
            with self.subTest(values=values), self.assertRaisesRegex(UserError, text):
                self.switch()
            self.plug.write(before)
        self.pump.relay = "two"
        with self.assertRaisesRegex(UserError, "numbered from 1"):
            self.switch()
        self.pump.relay = False
        self.connection.enabled = False
        with self.assertRaisesRegex(UserError, "is not connected"):
            self.switch()
        lonely = self.env["iot.device"].create({"name": "Lonely", "identifier": "lonely"})
        with self.assertRaisesRegex(UserError, "Lonely"):
            lonely._command("switch", {"on": True})
        self.assertFalse(self.env["iot.command"].search([]))
        with self.assertRaisesRegex(UserError, "nothing else"):
            self.device._command("dance")

    def test_a_device_of_an_unknown_family_goes_by_its_template(self):
        self.plug.write({"parser_type": "detect", "template_id": False})
        with self.assertRaisesRegex(UserError, "Choose its parser"):
            self.switch()
        self.plug.template_id = self.env.ref("fusion_iot.mqtt_template_tasmota")
        self.assertEqual(self.switch().state, "queued")

    def test_one_that_was_changed_meanwhile_fails(self):
        command = self.switch()
        self.plug.parser_type = "plain"
        self.assertFalse(self.take())
        self.assertEqual(command.state, "failed")
        self.assertIn("Choose its parser", command.answer)

    def test_one_that_an_addon_cannot_express_holds_up_no_others(self):
        bad, good = self.switch(False), self.switch()
        theirs = self.env.registry["mqtt.device"]._command_order

        def order(device, action, data, number):
            if number == bad.id:
                raise ZeroDivisionError("no way")
            return theirs(device, action, data, number)

        self.patch(self.env.registry["mqtt.device"], "_command_order", order)
        with mute_logger("odoo.addons.fusion_iot.models.mqtt_device_command"):
            self.assertEqual([taken[0] for taken in self.take()], good.ids)
        self.assertEqual((bad.state, good.state), ("failed", "sent"))
        self.assertIn("no way", bad.answer)

    def test_those_that_fail_make_room_for_the_next(self):
        """Who gets fewer than there was room for asks no more until somebody wakes it."""
        lamp = self.make_device("lamp", topic_pattern="+/lamp/#", parser_type="tasmota")
        bad = [lamp.iot_device_id._command("switch", {"on": True}) for _ in range(2)]
        good = self.switch()
        lamp.parser_type = "plain"
        self.assertEqual([taken[0] for taken in self.take(2)], good.ids)
        self.assertEqual({command.state for command in bad}, {"failed"})

    # Rights

    def test_who_may_switch(self):
        self.refused(lambda: self.switch(user=self.user))
        self.assertFalse(self.pump.with_user(self.user).can_operate)
        self.assertTrue(self.pump.with_user(self.operator).can_operate)
        ovens = self.env["res.groups"].create({"name": "Ovens"})
        self.device.operator_group_ids = ovens
        self.refused(self.switch)
        self.assertFalse(self.pump.with_user(self.operator).can_operate)
        self.operator.group_ids += ovens
        self.assertEqual(self.switch().state, "queued")
        self.user.group_ids += ovens
        self.refused(lambda: self.switch(user=self.user))

    def test_what_is_not_listed_is_not_switched(self):
        plug = self.device.with_user(self.operator)
        command = self.env["iot.command"].browse(plug.send_action("switch", {"on": False}))
        self.assertEqual(
            (command.summary, command.switch_id, command.is_audited), ("Pump off", self.pump, True)
        )
        with self.assertRaisesRegex(UserError, "no such switch"):
            plug.send_action("switch", {"relay": "2", "on": True})
        for data in ({}, {"on": "true"}, {"on": 1}, {"relay": 2, "on": True}):
            with self.subTest(data=data), self.assertRaisesRegex(UserError, "Say which relay"):
                plug.send_action("switch", data)
        automation = self.device._command("switch", {"relay": "2", "on": True})
        self.assertEqual((automation.summary, automation.state), ("plug 2 on", "queued"))

    def test_nobody_writes_commands(self):
        command = self.switch()
        admin = self.env.ref("base.user_admin")
        for user in (self.user, self.operator, admin):
            own = command.with_user(user)
            self.assertEqual(own.summary, "Pump on")
            self.refused(own.unlink)
            self.refused(lambda own=own: own.write({"state": "done"}))
            self.refused(lambda own=own: own.create({"summary": "x", "action": "x", "transport": "mqtt"}))
        self.refused(lambda: self.pump.with_user(self.operator).write({"relay": "3"}))

    def test_another_company(self):
        ours = self.env.company
        self.device.company_id = ours
        other = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "command_stranger",
            "fusion_iot.group_iot_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        command = self.switch()
        self.assertEqual(command.company_id, ours)
        self.assertFalse(self.env["iot.command"].with_user(stranger).search([]))
        self.refused(lambda: self.switch(user=stranger))
        self.refused(command.with_user(stranger).outcome)
        self.assertNotIn(self.pump, self.env["iot.device.switch"].with_user(stranger).search([]))

    # Other transports

    def test_another_transport(self):
        """As an addon would bring it: who it serves, what it sends, and what came of it."""
        oven = self.env["iot.device"].create({"name": "Oven", "identifier": "oven"})
        Device, Command = self.env.registry["iot.device"], self.env.registry["iot.command"]
        theirs = Device._transport
        self.patch(
            Device, "_transport", lambda device: "toy" if device.identifier == "oven" else theirs(device)
        )
        sent = []
        at_once = Command._dispatch

        def dispatch(commands):
            at_once(commands)
            for command in commands.filtered(lambda command: command.transport == "toy"):
                taken = command._take("toy", command.device_id.ids, 1)
                sent.append(taken.data)
                taken._conclude({taken.id: (True, "switched", None)})

        self.patch(Command, "_dispatch", dispatch)
        self.assertTrue(oven.is_switchable)
        self.env["iot.device.switch"].create({"device_id": oven.id, "name": "Heating", "relay": "7"})
        pressed = oven.switch_ids.with_user(self.operator).action_on()
        command = self.env["iot.command"].browse(pressed["params"]["ids"])
        self.assertEqual((command.state, command.answer), ("done", "switched"))
        self.assertEqual(sent, [{"relay": "7", "on": True}])
        self.assertEqual(self.switch().state, "queued")

    # What became of it

    def test_the_answer_of_the_device(self):
        command = self.sent()
        iot_device_presence._noted.forget()
        self.env["iot.command"]._conclude({command.id: (True, "on", {"seen": 1})})
        self.assertTrue(command.device_id.last_seen, "who has answered was heard")
        self.assertEqual((command.state, command.answer, command.result), ("done", "on", {"seen": 1}))
        self.assertTrue(command.ended_at)
        self.assertTrue(0 <= command.duration < 60)
        self.env["iot.command"]._conclude({command.id: (False, "late", None)})
        self.assertEqual((command.state, command.answer), ("done", "on"), "the first word counts")

    def test_words_that_cannot_be_stored(self):
        """A device that says them spoils neither its own command nor those of others."""
        bad, good = self.sent(), self.sent()
        self.env["iot.command"]._conclude({bad.id: (False, "no\0 \ud800", None), good.id: (True, "on", None)})
        self.assertEqual((bad.state, bad.answer), ("failed", "no\ufffd \ufffd"))
        self.assertEqual(good.state, "done")

    def test_it_is_in_the_chatter_of_both_forms(self):
        command = self.sent()
        self.env["iot.command"]._conclude({command.id: (True, "on <b>", None)})
        for record in (self.device, self.plug):
            asked, ended = record.message_ids.sorted("id")[-2:]
            self.assertIn("Command: Pump on", asked.body)
            self.assertEqual(asked.author_id, self.operator.partner_id)
            self.assertIn("Pump on: Done. on &lt;b&gt;", ended.body)

    def test_without_an_answer_it_expires(self):
        waiting, sent = self.switch(False), self.switch()
        self.cr.execute("UPDATE iot_command SET state = 'sent' WHERE id = %s", [sent.id])
        self.env["iot.command"].invalidate_model()
        self.env["iot.command"]._expire()
        self.assertEqual((waiting.state, sent.state), ("queued", "sent"))
        for command in (waiting, sent):
            self.late(command)
        self.env["iot.command"]._expire()
        self.assertEqual((waiting.state, sent.state), ("expired", "expired"))
        self.assertIn("nothing reached plug", waiting.answer)
        self.assertIn("plug did not answer", sent.answer)
        self.env["iot.command"]._conclude({sent.id: (True, "on", None)})
        self.assertEqual(sent.state, "expired")

    def test_nobody_has_expired_it_by_looking(self):
        command = self.sent()
        self.late(command)
        command.with_user(self.operator).outcome()
        self.assertEqual(command.state, "expired")
        for record in (self.device, self.plug):
            ended = record.message_ids.sorted("id")[-1]
            self.assertIn("Expired", ended.body)
            self.assertEqual(ended.author_id, self.env.ref("base.partner_root"))

    def test_it_ends_whatever_an_addon_makes_of_that(self):
        bad, good = self.sent(), self.sent()
        Command = self.env.registry["iot.command"]
        ended = Command._on_ended

        def broken(commands):
            self.device.note = f"heard of {commands.ids}"
            if bad in commands:
                raise ZeroDivisionError("no price")
            ended(commands)

        self.patch(Command, "_on_ended", broken)
        said = self.device.message_ids
        with self.assertLogs(iot_command.__name__, "ERROR") as logs:
            self.env["iot.command"]._conclude(dict.fromkeys((bad.id, good.id), (True, "It is on.", None)))
        self.assertEqual((bad.state, good.state), ("done", "done"))
        self.assertEqual(len(logs.records), 1)
        self.assertIn("no price", logs.output[0])
        bodies = (self.device.message_ids - said).mapped("body")
        self.assertEqual(sum("no price" in body for body in bodies), 1)
        self.assertEqual(sum("Done. It is on." in body for body in bodies), 1, bodies)
        self.assertIn(f"heard of {good.ids}", self.device.note)

    def test_it_ends_although_nothing_can_be_noted_of_it(self):
        command = self.sent()

        def broken(_devices, **_values):
            raise ZeroDivisionError("no chatter")

        self.patch(self.env.registry["iot.device"], "_message_log_batch", broken)
        with self.assertLogs(iot_command.__name__, "ERROR") as logs:
            self.env["iot.command"]._conclude({command.id: (True, "It is on.", None)})
        self.assertEqual((command.state, len(logs.records)), ("done", 1))

    def test_one_that_cannot_be_expired_keeps_no_others(self):
        bad, good = self.sent(), self.sent()
        Command = self.env.registry["iot.command"]
        text = Command._expired_text

        def broken(command):
            if command == bad:
                raise ZeroDivisionError
            return text(command)

        self.patch(Command, "_expired_text", broken)
        self.patch(iot_command, "read_committed", bool)
        for command in (bad, good):
            self.late(command)
        with mute_logger(iot_command.__name__):
            self.env["iot.command"]._expire_overdue()
        self.assertEqual((bad.state, good.state), ("sent", "expired"))

    def test_nothing_is_sent_after_its_deadline(self):
        self.late(self.switch())
        self.assertFalse(self.take())

    def test_what_was_sent_before_a_restart_is_still_listened_for(self):
        command = self.sent()
        waiting = self.switch(False)
        self.assertEqual(
            [order[0] for order in self.env["mqtt.device"]._sent_orders(self.connection.id)], command.ids
        )
        self.assertEqual(waiting.state, "queued")

    def test_what_was_sent_has_not_failed_because_the_device_was_changed(self):
        """It may have been done: nobody knows."""
        command = self.sent()
        self.plug.parser_type = "plain"
        self.assertFalse(self.env["mqtt.device"]._sent_orders(self.connection.id))
        self.assertEqual(command.state, "sent")

    def test_whoever_waits_is_told(self):
        command = self.sent()
        own = command.with_user(self.operator)
        told = {"id": command.id, "summary": "Pump on", "state": "sent", "answer": "", "result": None}
        self.assertEqual(own.outcome(), [told])
        self.env.cr.precommit.run()
        last = self.env["bus.bus"].sudo().search([], order="id desc", limit=1).id or 0
        self.env["iot.command"]._conclude({command.id: (True, "on", None)})
        self.env.cr.precommit.run()
        told = self.env["bus.bus"].sudo().search([("id", ">", last)])
        self.assertIn(f'"ids":[{command.id}]', "".join(told.mapped("message")).replace(" ", ""))
        self.assertEqual([outcome["answer"] for outcome in own.outcome()], ["on"])

    def test_whoever_waits_for_nothing_hears_it_at_the_deadline(self):
        command = self.sent()
        self.late(command)
        [outcome] = command.with_user(self.operator).outcome()
        self.assertEqual(outcome["state"], "expired")

    # Growth

    def test_ids_have_64_bits(self):
        self.cr.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name = 'iot_command' AND column_name = 'id'"
        )
        self.assertEqual(self.cr.fetchone(), ("bigint",))
        self.cr.execute("SELECT last_value FROM iot_command_id_seq")
        self.addCleanup(self.cr.execute, "SELECT setval('iot_command_id_seq', %s)", self.cr.fetchone())
        self.cr.execute("SELECT setval('iot_command_id_seq', 5000000000)")
        command = self.sent()
        self.assertGreater(command.id, 5_000_000_000)
        self.env["iot.command"]._conclude({command.id: (True, "on", None)})
        self.assertEqual((command.state, self.pump.last_command_id), ("done", command))

    def test_old_ones_are_forgotten(self):
        old, kept, waiting = self.sent(), self.sent(), self.switch()
        self.env["iot.command"]._conclude({command.id: (True, "on", 7) for command in (old, kept)})
        self.env["iot.command"]._gc_results()
        self.assertEqual(kept.result, 7)
        kept.ended_at = fields.Datetime.now() - timedelta(days=2)
        old.ended_at = fields.Datetime.now() - timedelta(days=91)
        self.env["iot.command"]._gc_results()
        self.env["iot.command"]._gc_old()
        self.assertEqual((old | kept | waiting).exists(), kept | waiting)
        self.assertFalse(kept.result)

    def test_more_than_so_many_are_forgotten(self):
        commands = [self.sent() for _ in range(5)]
        ids = [command.id for command in commands]
        self.env["iot.command"]._conclude(dict.fromkeys(ids, (True, "on", None)))
        self.patch(iot_command, "MOST_KEPT", 2)
        self.env["iot.command"]._gc_old()
        self.assertEqual(self.env["iot.command"].search([]).ids, ids[:2:-1])
