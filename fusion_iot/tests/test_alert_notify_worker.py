import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.tests import BaseCase, tagged

from ..runtime import worker as worker_module
from ..runtime.committer import Retry
from ..runtime.kinds import Tenure
from ..runtime.notify import worker as notify_worker
from ..runtime.notify.http_post import Outcome
from ..runtime.notify.worker import AT_ONCE, NotifyWorker
from .alert_notify_common import NotifyCase
from .http_catcher import HttpCatcher


class FakeJob:
    def __init__(self, number, wait=None):
        self.delivery_id, self.wait = number, wait

    def run(self):
        if self.wait:
            self.wait.wait(patient(10))
        return Outcome()


class FakeNotifier:
    """:ivar turns: outcomes and room of each turn
    :ivar answers: jobs of the next turns, or exceptions
    """

    def __init__(self):
        self.turns, self.answers = [], []

    def _turn(self, outcomes, room):
        self.turns.append(([job.delivery_id for job, _outcome in outcomes], room))
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeCommitter:
    def __init__(self, tenure, receipt_bytes):
        self.tenure, self.notifier = tenure, FakeNotifier()

    def check(self):
        pass

    def run(self, work):
        work({"iot.alert.notifier": self.notifier})


class TestNotifyWorker(BaseCase):
    """What is under way, turn by turn."""

    def setUp(self):
        super().setUp()
        patcher = patch.object(worker_module, "Committer", FakeCommitter)
        patcher.start()
        self.addCleanup(patcher.stop)
        self.worker = NotifyWorker("Notifications", Tenure("nowhere", 1, 1))
        self.notifier = self.worker._committer.notifier

    def turns(self, pool, number):
        for _ in range(number):
            self.worker._turn(pool)

    def test_outcomes_are_told_once_they_are_there(self):
        stuck = threading.Event()
        self.addCleanup(stuck.set)
        self.notifier.answers = [[FakeJob(1, stuck), FakeJob(2)]]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self.turns(pool, 1)
            quick = next(future for future, job in self.worker._under_way.items() if job.delivery_id == 2)
            wait([quick], patient(5))
            self.notifier.answers = [Retry("The database is away"), []]
            with self.assertRaises(Retry):
                self.worker._turn(pool)
            self.turns(pool, 2)
            stuck.set()
        self.assertEqual(
            self.notifier.turns,
            [([], AT_ONCE), ([2], AT_ONCE - 1), ([2], AT_ONCE - 1), ([], AT_ONCE - 1)],
            "one that does not answer holds nobody up, and nothing is lost with a transaction",
        )

    def test_what_is_under_way_outlives_an_attempt(self):
        """The database is away for a moment: what was sent meanwhile is not sent again."""
        self.worker.first_pause_s = 0.01
        self.notifier.answers = [[FakeJob(1)], Retry("The database is away")]

        def told():
            return [number for outcomes, _room in self.notifier.turns[2:] for number in outcomes]

        with (
            patch.object(notify_worker, "EVERY_S", 0.01),
            self.assertLogs("odoo.addons.fusion_iot.runtime.notify.worker", "WARNING") as logs,
        ):
            self.worker.start()
            self.addCleanup(self.worker.stop)
            end = time.monotonic() + patient(5)
            while not told() and time.monotonic() < end:
                time.sleep(0.01)
            self.worker.stop()
            self.assertTrue(self.worker.join(patient(5)))
        self.assertEqual(told(), [1])
        self.assertIn("The database is away", logs.output[0])

    def test_a_job_that_cannot_even_fail(self):
        job = FakeJob(1)
        job.run = {}.popitem
        self.notifier.answers = [[job]]
        with (
            ThreadPoolExecutor(AT_ONCE) as pool,
            self.assertLogs("odoo.addons.fusion_iot.runtime.notify.jobs"),
        ):
            self.turns(pool, 1)
            wait([*self.worker._under_way], patient(5))
            self.turns(pool, 1)
        self.assertEqual([outcomes for outcomes, _room in self.notifier.turns], [[], [1]])

    def test_it_runs(self):
        self.worker.start()
        self.addCleanup(self.worker.join, patient(5))
        self.addCleanup(self.worker.stop)
        self.worker.stop()
        self.assertTrue(self.worker.join(patient(5)))
        self.assertEqual(self.worker.health().state, "stopped")


@tagged("post_install", "-at_install")
class TestNotifyTurn(NotifyCase):
    """Whole turns, and the scheduled action that takes them where no server has a worker."""

    def setUp(self):
        super().setUp()
        self.catcher = HttpCatcher()
        self.addCleanup(self.catcher.close)
        webhook = self.env["iot.alert.webhook"].create(
            {"name": "Hook", "url": self.catcher.url, "allow_http": True}
        )
        self.policy(app_from="warning", webhook_from="warning", webhook_ids=webhook.ids)
        self.alert()
        self.env["iot.runtime.worker"].sudo().search([("kind", "=", "notify")]).unlink()

    def turn_later(self, seconds):
        """A turn of the scheduled action, so much later."""
        later = self.now + timedelta(seconds=seconds)
        with patch.object(fields.Datetime, "now", lambda *_args: later), self.enter_registry_test_mode():
            self.env.flush_all()
            self.env["iot.alert.notifier"]._cron_notify()
            self.env.invalidate_all()

    def test_without_a_runtime(self):
        self.turn_later(1)
        self.assertEqual(set(self.told().mapped("state")), {"sent"}, "the next run is a minute later")
        self.assertEqual(len(self.catcher.requests), 1)
        self.turn_later(100)
        self.assertEqual(len(self.catcher.requests), 1)

    def test_with_one(self):
        self.env["iot.runtime.worker"].sudo().create(
            {
                "kind": "notify",
                "name": "Notifications",
                "res_model": "iot.alert.notifier",
                "res_id": 1,
                "state": "connected",
                "beat_at": fields.Datetime.now(),
            }
        )
        self.turn_later(1)
        self.assertFalse(self.told())

    def test_a_copy_tells_nobody(self):
        with patch.object(type(self.env["iot.runtime.worker"]), "_is_copy", lambda self: True):
            self.turn_later(1)
            self.assertFalse(self.env["iot.alert.notifier"]._wanted())
        self.assertFalse(self.told())

    def test_the_default_policy(self):
        policy = self.env.ref("fusion_iot.alert_policy_default").with_context(active_test=False)
        self.assertTrue(policy.tell_responsible)
        self.assertEqual(policy.group_ids, self.env.ref("fusion_iot.group_iot_manager"))
        self.assertEqual((policy.app_from, policy.email_from), ("warning", "critical"))
        self.assertTrue(policy.people_text)
