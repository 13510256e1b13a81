from datetime import timedelta

from odoo import fields
from odoo.addons.fusion_iot_base.tests.overview_common import OverviewMixin
from odoo.tests import new_test_user, tagged

from .session_common import SessionCase

TILES = ("machines", "machines_working", "machines_standby", "machines_off", "machines_aside")


@tagged("post_install", "-at_install")
class TestOverview(OverviewMixin, SessionCase):
    """Machines in numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "overview_machines", "fusion_iot.group_iot_user")

    def test_what_machines_do(self):
        self.assertEqual(self.counts(self.user, *TILES), [1, 0, 0, 1, 0])
        engine = self.engine()
        self.ingest((0, 60), (5, 60), (10, 300))
        self.step(engine, 10, flush=True)
        self.assertEqual(self.counts(self.user, *TILES), [1, 1, 0, 0, 0])
        self.ingest((20, 60))
        self.step(engine, 20, flush=True)
        self.assertEqual(self.counts(self.user, *TILES), [1, 0, 1, 0, 0])
        self.assert_numbers_open_their_lists(self.user)

    def test_a_machine_that_is_set_aside_does_nothing_else(self):
        state = self.env["iot.session.state"].search([("device_id", "=", self.device.id)])
        self.env.cr.execute(
            "UPDATE iot_session_state SET phase = 'working', fault = 'broken' WHERE id = %s", [state.id]
        )
        self.assertEqual(self.counts(self.user, *TILES), [1, 0, 0, 0, 1])
        tiles = self.assert_numbers_open_their_lists(self.user)
        self.assertEqual(tiles["machines_aside"]["level"], "danger")

    def test_a_machine_aside_is_no_trouble_of_the_runtime(self):
        worker = {
            "kind": "session_machine",
            "name": "Saw",
            "res_model": "iot.device",
            "res_id": self.device.id,
        }
        workers = self.env["iot.runtime.worker"]
        # However long ago the first test of this class listed them, no other one is silent.
        workers.search([]).beat_at = fields.Datetime.now() + timedelta(hours=1)
        workers.create({**worker, "state": "failed", "listed_at": "2020-01-01 00:00:00"})
        tiles = self.assert_numbers_open_their_lists(self.user)
        self.assertEqual(tiles["runtime_silent"]["count"], 0)

    def test_sessions_of_the_last_shift(self):
        begun, ended = self.counts(self.user, "sessions_begun", "sessions_ended")
        values = {"device_id": self.device.id, "status": "completed", "current_state": "idle"}
        sessions = self.env["mqtt.session"].sudo()
        sessions.create({**values, "start_time": "2020-01-01 10:00:00", "end_time": "2020-01-01 11:00:00"})
        now = self.env.cr.now().replace(microsecond=0)
        sessions.create({**values, "start_time": now, "end_time": now})
        self.assertEqual(self.counts(self.user, "sessions_begun", "sessions_ended"), [begun + 1, ended + 1])
        self.assert_numbers_open_their_lists(self.user)

    def test_many_machines_take_no_more_queries(self):
        overview = self.env["iot.overview"].with_user(self.user)
        few = self.count_queries(overview)
        for number in range(80):
            self.make_device(f"overview-{number}")
        self.assertEqual(self.counts(self.user, "machines"), [81])
        self.assertLessEqual(self.count_queries(overview), few)

    def count_queries(self, overview):
        self.env.flush_all()
        overview.snapshot()  # fills the caches that hold for all
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        overview.snapshot()
        return self.env.cr.sql_log_count - before
