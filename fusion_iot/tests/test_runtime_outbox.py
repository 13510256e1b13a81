import json

from odoo.addons.fusion_iot.runtime.committer import Fenced, Retry
from odoo.addons.fusion_iot.runtime.mqtt.outbox import MOST_UNDER_WAY, Outbox
from odoo.tools import mute_logger
from psycopg2 import ProgrammingError

from fusion_iot_core.commands import Order
from fusion_iot_core.mqtt.backlog import Backlog

from .commands_common import PlugCase
from .runtime_common import inbound

LOGGER = "odoo.addons.fusion_iot.runtime.mqtt.outbox"
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
    """A broker that answers a ping at once, unless it is ``deaf``."""

    def __init__(self, resumed=False):
        self.sent = []
        self.published = {}
        self.backlog = Backlog()
        self.backlog.catching_up = resumed
        self.deaf = False

    def ask(self):
        self.backlog.ask()
        if not self.deaf:
            self.backlog.answer()
        return self.backlog.asked

    def publish(self, topic, payload, good_for):
        self.sent.append((topic, payload.decode()))
        return len(self.sent)


class TestOutbox(PlugCase):
    """Commands between the database and the broker, without a broker."""

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
            heard = inbound(topic, payload, **values)
            self.outbox.hear(heard.message, self.link, heard.duplicate)

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
        self.hear("stat/plug/POWER", "ON", duplicate=True)
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")

    def test_what_was_under_way_when_it_was_published_is_no_answer(self):
        self.link.deaf = True
        command = self.published()
        self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")
        self.link.backlog.answer()
        self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "done")

    def test_what_waits_at_a_busy_broker_is_no_answer(self):
        for _ in range(20):
            self.link.backlog.receive()
        command = self.published()
        self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")
        self.link.backlog.acknowledge(20)
        self.now += 1
        self.outbox.turn(self.link)  # it asks once more
        self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "done")

    def test_what_was_kept_while_we_were_away_is_no_answer(self):
        """Published on a connection that broke, or on the one on which the broker still sends what it has kept."""
        before = self.published()
        self.link = _Link(resumed=True)
        after = self.switch()
        self.outbox.turn(self.link)
        self.assertEqual(after.state, "queued", "it waits a moment for the rest")
        self.now += 2
        self.outbox.turn(self.link)
        self.assertEqual(after.state, "sent", "but not for long")
        self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual((before.state, after.state), ("sent", "sent"))
        self.link.backlog.catching_up = False
        self.now += 1
        self.outbox.turn(self.link)
        self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual((before.state, after.state), ("done", "done"))

    def test_what_comes_by_a_connection_before_the_outbox_has_seen_it_is_no_answer(self):
        command = self.published()
        self.link = _Link()
        self.hear("stat/plug/POWER", "ON")
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")

    def test_an_answer_with_the_number_of_the_command_counts_whenever_it_comes(self):
        self.plug.write({"topic_pattern": "plug/#", "parser_type": "shelly_gen2"})
        self.link = _Link(resumed=True)
        command = self.switch()
        self.outbox.turn(self.link)
        self.now += 2
        self.outbox.turn(self.link)
        self.hear("plug/status/switch:0", '{"output":true}')
        self.hear("plug/status/rpc", json.dumps({"id": command.id + 1, "result": {}}))
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "sent")
        self.hear("plug/status/rpc", json.dumps({"id": command.id, "result": {}}), duplicate=True)
        self.outbox.turn(self.link)
        self.assertEqual(command.state, "done")

    def test_nothing_is_asked_once_it_is_known(self):
        self.published()
        asked = self.link.backlog.asked
        for _ in range(10):
            self.now += 1
            self.outbox.turn(self.link)
        self.assertEqual(self.link.backlog.asked, asked)

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
        self.now += 1
        self.outbox.turn(self.link)
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

    def test_an_answer_is_kept_back_until_its_outcome_is_stored(self):
        """The broker has it for the next worker, should this one end before."""
        self.published()
        self.assertFalse(self.outbox.unstored)
        self.hear("stat/plug/POWER", "ON")
        self.committer.error = Retry("away")
        self.outbox.turn(self.link)
        self.assertTrue(self.outbox.unstored)
        self.committer.error = None
        self.now += 2
        self.outbox.turn(self.link)
        self.assertFalse(self.outbox.unstored)

    def test_an_answer_is_not_kept_back_for_ever(self):
        """Readings that came with it would be late as well."""
        self.published()
        self.hear("stat/plug/POWER", "ON")
        self.committer.error = Retry("away")
        self.outbox.turn(self.link)
        self.now += 14
        self.assertTrue(self.outbox.unstored)
        self.now += 2
        self.assertFalse(self.outbox.unstored, "the deadline has passed")

    def test_the_next_worker_knows_what_was_sent_before_the_first_message_comes(self):
        """What a broker has kept for a session comes before the worker has its first turn."""
        self.plug.write({"topic_pattern": "plug/#", "parser_type": "shelly_gen2"})
        command = self.published()
        self.outbox = self.make()
        self.outbox.recall()
        runs = self.committer.runs
        self.outbox.recall()
        self.assertEqual(self.committer.runs, runs, "once is enough")
        self.hear("plug/status/rpc", json.dumps({"id": command.id, "result": {}}), duplicate=True)
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
        with mute_logger(LOGGER):
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
        with mute_logger(LOGGER):
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

    def conclude_without(self, bad):
        """Have the database refuse to store what became of a command, until ``bad`` is emptied."""
        Command = self.env.registry["iot.command"]
        conclude = Command._conclude

        def broken(commands, outcomes):
            if not bad.isdisjoint(outcomes):
                raise ProgrammingError("column does not exist")
            conclude(commands, outcomes)

        self.patch(Command, "_conclude", broken)

    def test_an_outcome_that_cannot_be_stored_is_stored_later(self):
        bad, good = self.published(), self.published()
        forbidden = {bad.id}
        self.conclude_without(forbidden)
        self.hear("stat/plug/POWER", "ON")
        with self.assertLogs(LOGGER, "ERROR") as logs:
            self.outbox.turn(self.link)
            self.assertEqual((bad.state, good.state), ("sent", "done"))
            runs = self.committer.runs
            for _ in range(100):
                self.now += 0.1
                self.outbox.turn(self.link)
            self.assertFalse(self.outbox.unstored, "readings must not wait until the addon is mended")
        self.assertEqual(len(logs.records), 1, "it is said once")
        self.assertLess(self.committer.runs - runs, 5, "and tried less and less often")
        forbidden.clear()
        self.now += 10
        self.outbox.turn(self.link)
        self.assertEqual((bad.state, bad.answer), ("done", "It is on."))

    def test_an_outcome_is_stored_before_the_worker_ends(self):
        command = self.published()
        self.hear("stat/plug/POWER", "ON")
        self.committer.error = Retry("away")
        self.outbox.turn(self.link)
        self.outbox.finish()
        self.committer.error = None
        self.outbox.finish()
        self.assertEqual(command.state, "done")

    def test_one_that_can_never_be_taken_fails_and_keeps_no_others_back(self):
        bad, good = self.switch(), self.switch(False)
        take = self.env.registry["iot.command"]._take

        def broken(commands, *args):
            taken = take(commands, *args)
            if bad in taken:
                raise ZeroDivisionError("its price")
            return taken

        self.patch(self.env.registry["iot.command"], "_take", broken)
        with self.assertLogs(LOGGER, "ERROR") as logs:
            for _ in range(10):
                self.outbox.turn(self.link)
                self.now += 1
        self.assertEqual(len(logs.records), 1)
        self.assertEqual((bad.state, bad.answer), ("failed", "ZeroDivisionError: its price"))
        self.assertEqual((good.state, self.link.sent), ("sent", [("cmnd/plug/POWER", "OFF")]))

    def test_where_none_can_be_taken_or_ended_it_is_tried_less_and_less_often(self):
        command = self.switch()
        self.committer.error = ValueError("nothing works")
        with self.assertLogs(LOGGER, "ERROR") as logs:
            for _ in range(60):
                self.now += 1
                self.outbox.turn(self.link)
        self.assertEqual(len(logs.records), 1)
        self.assertLess(self.committer.runs, 20)
        self.committer.error = None
        self.now += 60
        self.outbox.turn(self.link)
        self.assertEqual((command.state, len(self.link.sent)), ("sent", 1))
