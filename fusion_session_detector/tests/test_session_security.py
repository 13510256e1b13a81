from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .session_common import SessionCase


@tagged("post_install", "-at_install")
class TestSessionSecurity(SessionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "user.sessions", "fusion_iot.group_iot_user")
        cls.manager = new_test_user(cls.env, "manager.sessions", "fusion_iot.group_iot_manager")
        cls.stranger = new_test_user(cls.env, "stranger.sessions", "base.group_user")

    def setUp(self):
        super().setUp()
        self.draw((0, 300), (50, 0), (70, 0), (1000, 300), (1050, 0), (1070, 0), (2000, 300), (2005, 300))

    def test_a_user_reads(self):
        sessions = self.sessions().with_user(self.user)
        self.assertEqual(len(sessions.mapped("display_name")), 3)
        self.assertTrue(sessions.session_chart(sessions[0].id)["samples"])
        self.assertEqual(self.device.with_user(self.user).session_state, "working")
        self.env["iot.device"].with_user(self.user).session_timeline("2026-11-02", "2026-11-03")

    def test_a_user_changes_nothing(self):
        sessions = self.sessions().with_user(self.user)
        for forbidden in (
            lambda: sessions[0].write({"amount": 0}),
            lambda: sessions[0].unlink(),
            lambda: sessions[:2].action_merge(),
            lambda: sessions[2].action_force_end(),
            lambda: sessions[0]._split_at(sessions[0].end_time),
            lambda: self.device.with_user(self.user).write({"standby_threshold_w": 30}),
            lambda: (
                self.env["iot.session.what.if"].with_user(self.user).create({"device_id": self.device.id})
            ),
            lambda: self.env["iot.power.journal"].with_user(self.user).search([]),
        ):
            with self.assertRaises(AccessError):
                forbidden()

    def test_a_manager_corrects_and_sets_up(self):
        sessions = self.sessions().with_user(self.manager)
        sessions[:2].action_merge()
        sessions[2].action_force_end()
        self.assertEqual(self.sessions().mapped("status"), ["completed", "completed"])
        self.device.with_user(self.manager).write({"standby_threshold_w": 30})
        with self.assertRaises(AccessError):
            self.sessions()[:1].with_user(self.manager).copy({"device_id": self.device.id})

    def test_others_see_nothing(self):
        with self.assertRaises(AccessError):
            self.sessions().with_user(self.stranger).mapped("status")
        with self.assertRaises(AccessError):
            self.env["mqtt.session"].with_user(self.stranger).session_chart(self.sessions()[0].id)
        with self.assertRaises(AccessError):
            self.device.with_user(self.stranger).action_stop_session()

    def test_other_companies_see_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.device.company_id = company
        sessions = self.env["mqtt.session"].with_user(self.user)
        self.assertFalse(sessions.search([("device_id", "=", self.device.id)]))
        self.assertFalse(
            self.env["iot.session.state"].with_user(self.user).search([("device_id", "=", self.device.id)])
        )
        line = self.env["iot.device"].with_user(self.user).session_timeline("2026-11-02", "2026-11-03")
        self.assertNotIn(self.device.id, [machine["id"] for machine in line["machines"]])
        with self.assertRaises(AccessError):
            sessions.session_chart(self.sessions()[0].id)
        with self.assertRaises(AccessError):
            self.device.with_user(self.user).action_stop_session()
