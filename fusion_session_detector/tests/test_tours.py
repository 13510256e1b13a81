from datetime import datetime, timedelta, timezone

from odoo.addons.fusion_iot_base.tests.pace import PatientHttpCase
from odoo.tests import new_test_user, tagged

from ..adapter import SessionDetector


@tagged("post_install", "-at_install")
class TestTours(PatientHttpCase):
    """What members and managers of a workshop do, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lathe = cls.env["iot.device"].create(
            {
                "name": "Tour lathe",
                "identifier": "tour-lathe",
                "kind": "meter",
                "session_strategy": "power_threshold",
            }
        )
        now = datetime.now(timezone.utc)
        detector = SessionDetector(cls.lathe.id, cls.lathe.name)
        for seconds, power in (
            (95, 1.2),
            (90, 45.0),
            (80, 45.0),
            (60, 740.0),
            (40, 735.0),
            (20, 740.0),
            (1, 740.0),
        ):
            detector.process_power_event(cls.env, power, now - timedelta(seconds=seconds))

    def test_a_machine_and_its_session(self):
        new_test_user(
            self.env,
            login="session_tour",
            password="session_tour",
            groups="fusion_iot.group_iot_user",
            tz="UTC",
        )
        self.start_tour("/odoo", "fusion_session_machine", login="session_tour")
        session = self.env["mqtt.session"].search([("device_id", "=", self.lathe.id)])
        self.assertEqual((session.status, session.end_reason), ("completed", "manual"))

    def test_what_if(self):
        new_test_user(
            self.env,
            login="session_manager",
            password="session_manager",
            groups="fusion_iot.group_iot_manager",
        )
        self.start_tour("/odoo", "fusion_session_what_if", login="session_manager")
        self.assertEqual(self.lathe.working_threshold_w, 900)
