from odoo.addons.fusion_iot.runtime.committer import Fenced, Retry
from odoo.addons.fusion_iot.runtime.mqtt.outbox import MOST_UNDER_WAY, Outbox
from odoo.tools import mute_logger

from fusion_iot_core.commands import Order

from .mqtt_common import MqttCase
from .runtime_common import inbound

ANSWER = '{"POWER":"ON"}'


class _Committer:
    """Runs what is to be committed in the transaction of the test."""

    def __init__(self, env):
        self.env = env
        self.error = None
        self.runs = 0

    def run(self, work):
        self.runs += 1
        if self.error:
            raise self.error
        with self.env.cr.savepoint():
            work(self.env)


class _Link:
    def __init__(self):
        self.sent = []
        self.published = {}

    def publish(self, topic, payload, good_for):
        self.sent.append((topic, payload.decode()))
        return len(self.sent)


class TestOutbox(MqttCase):
    """Commands between the database and the broker, without a broker."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.enabled = True
        cls.plug = cls.make_device("plug", topic_pattern="+/plug/#", parser_type="tasmota")
        cls.pump = cls.env["iot.device.switch"].create(
            {"device_id": cls.plug.iot_device_id.id, "name": "Pump"}
        )

    def setUp(self):
        super().setUp()
        self.now = 1_000.0
        self.committer, self.link = _Committer(self.env), _Link()
        self.outbox = self.make()

    def make(self):
        return Outbox(self.connection.id, self.committer, lambda: self.now)

    def switch(self, on=True):
        self.outbox.due = True
        return self.env["iot.command"].browse(self.pump._switch(on)["params"]["ids"])

    def hear(self, topic, payload, **values):
        if topic in self.outbox.awaited:
            self.outbox.hear(inbound(topic, payload, **values).message)

    def published(self):
        command = self.switch()
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")
        return command

    def test_it_is_published_and_the_answer_is_noted(self):
        command = self.published()
        self.assertEqual(self.link.sent, [("cmnd/plug/POWER", "ON")])
        self.hear("stat/plug/RESULT", '{"POWER":"OFF"}')
        self.hear("stat/other/RESULT", ANSWER)
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")
        self.hear("stat/plug/RESULT", ANSWER)
        self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual((command.state, command.answer), ("done", "It is on."))
        self.assertFalse(self.outbox.awaited)

    def test_with_nothing_to_do_it_asks_nothing(self):
        self.outbox.turn(self.link)
        runs = self.committer.runs
        for _ in range(100):
            self.now += 1
            self.outbox.turn(self.link)
        self.assertEqual(self.committer.runs, runs)

    def test_without_a_connection_it_waits(self):
        command = self.switch()
        self.outbox.turn(None)
        self.assertEqual(command.state, "queued")
        self.outbox.turn(self.link)
        self.assertEqual((command.state, len(self.link.sent)), ("sent", 1))

    def test_what_the_broker_had_kept_is_no_answer(self):
        command = self.published()
        self.hear("stat/plug/POWER", "ON", retained=True)
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")

    def test_what_the_broker_repeats_is_no_answer_to_what_came_after_it(self):
        """A state from before the connection broke must not tell that an oven is off."""
        command = self.published()
        state = inbound("stat/plug/POWER", "ON").message
        self.outbox.hear(state, self.link)
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")
        self.link = _Link()  # what was said on the former connection may come again on this one
        self.outbox.hear(state, self.link)
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "done")

    def test_a_dead_device(self):
        command = self.published()
        command.deadline = "2020-01-01 00:00:00"
        self.now += 14
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")
        self.now += 3
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "expired")
        self.assertIn("did not answer", command.answer)
        self.assertFalse(self.outbox.awaited)

    def test_who_dies_before_it_is_published_leaves_it_unpublished(self):
        """It was marked as sent. The next one listens for an answer, and sends nothing."""
        command = self.switch()
        self.env["mqtt.device"]._take_orders(self.connection.id, 20)
        self.outbox = self.make()
        self.outbox.turn(self.link)
        self.assertEqual((command.state, self.link.sent), ("sent", []))
        self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "done")

    def test_a_database_that_is_away(self):
        command = self.published()
        self.hear("stat/plug/POWER", "ON")
        self.committer.error = Retry("away")
        for _ in range(10):
            self.now += 0.1
            self.outbox.turn(self.link)
        self.assertLess(self.committer.runs, 6, "it is not asked without a pause")
        self.committer.error = None
        self.now += 2
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "done")

    def test_what_could_not_be_taken_is_taken_later(self):
        command = self.switch()
        self.committer.error = Retry("away")
        self.outbox.turn(self.link)
        self.committer.error = None
        self.now += 2
        self.outbox.turn(self.link)
        self.assertEqual((command.state, len(self.link.sent)), ("sent", 1))

    def test_what_comes_while_others_are_taken_is_not_forgotten(self):
        """The supervisor says so from another thread, and says it once."""
        self.switch()
        later = []
        run = self.committer.run

        def meanwhile(work):
            run(work)
            if not later:
                later.append(self.switch(False))

        self.outbox.turn(None)  # has found that nothing was sent before
        self.committer.run = meanwhile
        self.outbox.turn(self.link)
        self.outbox.turn(self.link)
        self.assertEqual((later[0].state, len(self.link.sent)), ("sent", 2))

    def test_what_could_not_be_committed_is_not_published(self):
        """An addon's mistake shows when the transaction ends: nothing is marked as sent then."""
        command = self.switch()
        run = self.committer.run

        def fails(work):
            with self.env.cr.savepoint():
                run(work)
                raise ZeroDivisionError

        self.committer.run = fails
        with mute_logger("odoo.addons.fusion_iot.runtime.mqtt.outbox"):
            self.outbox.turn(self.link)
        self.env.invalidate_all()
        self.assertEqual((command.state, self.link.sent), ("queued", []))
        self.committer.run = run
        self.now += 2
        self.outbox.turn(self.link)
        self.assertEqual((command.state, len(self.link.sent)), ("sent", 1))

    def test_a_process_that_was_frozen_publishes_nothing_late(self):
        self.switch()
        frozen = self.committer.run

        def run(work):
            frozen(work)
            self.now += 20

        self.committer.run = run
        self.outbox.turn(self.link)
        self.assertFalse(self.link.sent)

    def test_a_worker_that_is_not_ours_any_more_publishes_nothing(self):
        self.switch()
        self.committer.error = Fenced()
        with self.assertRaises(Fenced):
            self.outbox.turn(self.link)
        self.assertFalse(self.link.sent)

    def test_a_broker_that_refuses(self):
        command = self.published()
        self.link.published[1] = (135, "Not authorized")
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "failed")
        self.assertIn("cmnd/plug/POWER: Not authorized", command.answer)

    def test_a_confirmation_of_the_broker_is_no_answer(self):
        command = self.published()
        self.link.published[1] = (0, "Success")
        self.outbox.turn(self.link)
        self.assertEqual((command.state, self.link.published), ("sent", {}))

    def test_no_more_is_under_way_than_may_be(self):
        for _ in range(MOST_UNDER_WAY + 5):
            self.switch()
        for _ in range(3):
            self.outbox.turn(self.link)
        self.assertEqual(len(self.link.sent), MOST_UNDER_WAY)
        self.link.published = dict.fromkeys(range(1, 4), (0, "Success"))
        self.outbox.turn(self.link)
        self.assertEqual(len(self.link.sent), MOST_UNDER_WAY + 3)
        self.link = _Link()  # what the last connection did not confirm, this one will not either
        self.outbox.turn(self.link)
        self.assertEqual(len(self.link.sent), 2)

    def order(self, topic, word):
        """Every command from now on is published to this topic, and its answer read by this."""
        made = Order(topic, b"ON", {"stat/plug/POWER": word})
        self.patch(self.env.registry["mqtt.device"], "_command_order", lambda *_args: made)

    def test_an_answer_whose_reading_fails(self):
        """The message would come again with the next connection, which it must not end as well."""

        def word(_payload):
            raise ZeroDivisionError

        self.order("cmnd/plug/POWER", word)
        command = self.published()
        with mute_logger("odoo.addons.fusion_iot.runtime.mqtt.outbox"):
            self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")

    def test_an_order_that_cannot_be_published(self):
        def publish(topic, payload, good_for):
            if "+" in topic:
                raise ValueError("Publish topic cannot contain wildcards.")
            return accepted(topic, payload, good_for)

        accepted, self.link.publish = self.link.publish, publish
        self.order("cmnd/+/POWER", bool)
        command = self.published()
        self.outbox.turn(self.link)
        self.assertEqual((command.state, self.link.sent), ("failed", []))
        self.assertIn("wildcards", command.answer)

    def test_a_mistake_in_an_addon_costs_the_command_only(self):
        bad, good = self.published(), self.published()
        Command = self.env.registry["iot.command"]
        ended = Command._on_ended

        def broken(commands):
            if bad in commands:
                raise ZeroDivisionError
            ended(commands)

        self.patch(Command, "_on_ended", broken)
        self.hear("stat/plug/POWER", "ON")
        with mute_logger("odoo.addons.fusion_iot.runtime.mqtt.outbox"):
            self.outbox.turn(self.link)
        self.outbox.turn(self.link)
        self.assertEqual((bad.state, good.state), ("sent", "done"))
