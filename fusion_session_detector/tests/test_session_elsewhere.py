from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine import store
from ..models.iot_device import STRATEGIES
from .session_common import SessionCase, at


@tagged("post_install", "-at_install")
class TestSessionElsewhere(SessionCase):
    """A strategy that another addon brings, and another process runs."""

    def setUp(self):
        super().setUp()
        field = self.registry["iot.device"]._fields["session_strategy"]
        strategies = [*STRATEGIES, ("bridge", "By a bridge")]
        self.patch(field, "selection", strategies)
        self.patch(field, "_selection", dict(strategies))

    def test_the_engine_leaves_its_machines_alone(self):
        self.device.write({"session_strategy": "bridge", "expected_interval": 0})
        self.assertFalse(self.env["iot.session.engine"]._wanted(), "no machine needs the engine")
        self.env["iot.device"]._note_reach(self.device.ids, False, at(0))
        self.ingest((0, 300), (60, 300))
        self.assertEqual(self.journal_rows(), 0)
        self.assertNotIn(self.device.id, store.revisions(self.env.cr))
        engine = self.engine()
        self.step(engine, 60, flush=True)
        self.assertFalse(self.sessions())
        self.assertFalse(self.device.session_state)

    def test_what_the_engine_had_running_ends_with_its_last_message(self):
        self.draw((0, 60), (5, 60))
        self.assertEqual(self.sessions().status, "running")
        self.device.session_strategy = "bridge"
        session = self.sessions()
        self.assertEqual((session.status, session.end_time), ("completed", at(5).replace(tzinfo=None)))

    def test_nobody_starts_or_ends_them_by_hand_here(self):
        self.device.session_strategy = "bridge"
        for act in (self.device.action_start_session, self.device.action_stop_session):
            with self.assertRaisesRegex(UserError, "not made by this server"):
                act()

    def test_back_here_it_is_heard_again(self):
        self.device.session_strategy = "bridge"
        self.device.session_strategy = "power_threshold"
        self.ingest((0, 300), (60, 300))
        engine = self.engine()
        self.step(engine, 60)
        self.assertEqual(self.sessions().status, "running")
