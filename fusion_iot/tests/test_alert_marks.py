from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, new_test_user, tagged

from fusion_iot_core.trend import to_ms

from ..models.iot_alert_marks import MOST


@tagged("post_install", "-at_install")
class TestAlertMarks(TransactionCase):
    """The alerts of a source that its chart shows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["iot.alert.rule"].search([], limit=2)
        cls.device, cls.other = cls.env["iot.device"].create(
            [{"name": name, "identifier": f"marks-{name}"} for name in ("Oven", "Kiln")]
        )
        cls.noon = fields.Datetime.now().replace(microsecond=0) - timedelta(days=2)
        cls.span = (cls.noon, cls.noon + timedelta(hours=1))
        cls.user = new_test_user(cls.env, "marks_user", "fusion_iot.group_iot_user")

    def alert(self, start, end=None, device=None, rule=0, **values):
        """One that was raised, and over, so many minutes after noon; without an end it goes on."""
        device = device or self.device
        over_at = None if end is None else self.noon + timedelta(minutes=end)
        values = {
            "rule_id": self.rules[rule].id,
            "alert_type": "device_offline",
            "severity": "warning",
            "status": "resolved" if over_at else "active",
            "phase": "resolved" if over_at else "active",
            "is_active": not over_at,
            "res_model": device._name,
            "res_id": device.id,
            "source_name": device.name,
            "raised_at": self.noon + timedelta(minutes=start),
            "cleared_at": over_at,
            "resolved_at": over_at and over_at + timedelta(seconds=10),
            **values,
        }
        return self.env["iot.alert"].sudo().create(values)

    def marks(self, user=None, device=None):
        device = device or self.device
        return device.with_user(user or self.user)._alert_marks(*self.span)[device.id]

    def test_what_there_was_in_the_span(self):
        self.alert(-500, -400)
        self.alert(90, 95)
        self.alert(10, 20, self.other)
        over, spanning, late, open_ = (
            self.alert(10, 20),
            self.alert(-100, 5),
            self.alert(50, 70),
            self.alert(-300, rule=1, severity="critical"),
        )
        told = self.marks()
        self.assertFalse(told["left_out"])
        self.assertEqual([each["id"] for each in told["marks"]], [open_.id, spanning.id, over.id, late.id])
        first, second = told["marks"][:2]
        self.assertEqual((first["end"], first["severity"], first["label"]), (None, "critical", "Critical"))
        self.assertEqual(
            (second["start"], second["end"]), (to_ms(spanning.raised_at), to_ms(spanning.cleared_at))
        )
        self.assertEqual(first["text"], "Offline")
        self.assertEqual(len(self.marks(device=self.other)["marks"]), 1)

    def test_what_is_not_raised_yet_is_not_marked(self):
        self.alert(0, status="pending", phase="pending", raised_at=False)
        self.assertEqual(self.marks(), {"marks": [], "left_out": False})

    def test_the_newest_of_many_and_what_goes_on(self):
        goes_on = self.alert(-10, rule=1)
        many = [self.alert(minute / 2, minute / 2 + 0.25) for minute in range(MOST + 10)]
        for minute in (-10, 1):
            goes_on.raised_at = self.noon + timedelta(minutes=minute)
            told = self.marks()
            self.assertTrue(told["left_out"])
            self.assertEqual(
                [each["id"] for each in told["marks"]],
                [goes_on.id, *(alert.id for alert in many[1 - MOST :])],
                f"raised at minute {minute}",
            )

    def test_only_what_the_user_may_see(self):
        self.alert(10, 20)
        theirs = self.env["res.company"].create({"name": "Theirs"})
        self.alert(30, 40, company_id=theirs.id)
        stranger = new_test_user(self.env, "marks_stranger", "base.group_user")
        self.assertEqual(len(self.marks()["marks"]), 1)
        self.assertEqual(self.marks(stranger)["marks"], [])

    def test_a_long_history_is_not_read(self):
        """Two queries, whatever there is and for however many sources."""
        both = (self.device + self.other).with_user(self.user)
        for minute in range(20):
            self.alert(minute, minute + 0.5)
            self.alert(minute, minute + 0.5, self.other)
        self.env.flush_all()
        both._alert_marks(*self.span)
        self.env.invalidate_all()
        with self.assertQueryCount(2):
            both._alert_marks(*self.span)
