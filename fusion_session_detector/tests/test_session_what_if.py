from datetime import timedelta

from odoo.tests import tagged

from .session_common import SessionCase, at


@tagged("post_install", "-at_install")
class TestWhatIf(SessionCase):
    """Replaying what a machine has drawn."""

    def setUp(self):
        super().setUp()
        engine = self.engine()
        day = [(0, 2.0)]
        for start, until in ((600, 3600), (3600, 7200), (7200, 10_000)):
            day += [(start + second, 60.0) for second in range(0, 300, 10)]
            day += [(start + second, 250.0) for second in range(300, 900, 10)]
            day += [(second, 2.0) for second in range(start + 900, until, 60)]
        for reading in range(0, len(day), 50):
            self.ingest(*day[reading : reading + 50])
        self.step(engine, 10_000, flush=True)
        self.assertEqual(len(self.sessions()), 3)

    def make(self, **values):
        context = {"default_device_id": self.device.id}
        span = {"date_from": at(0).replace(tzinfo=None), "date_to": at(10_000).replace(tzinfo=None)}
        return self.env["iot.session.what.if"].with_context(**context).create({**span, **values})

    def marks(self, wizard, side):
        return [session["mark"] for session in wizard.preview[side]]

    def test_the_settings_of_now_give_the_sessions_that_were(self):
        wizard = self.make()
        self.assertFalse(wizard.problem)
        self.assertEqual(wizard.standby_threshold_w, self.device.standby_threshold_w)
        self.assertEqual(self.marks(wizard, "recorded"), ["same"] * 3)
        self.assertEqual(self.marks(wizard, "replayed"), ["same"] * 3)
        self.assertEqual(wizard.preview["recorded"][0]["id"], self.sessions()[0].id)
        self.assertEqual(wizard.preview["replayed"][0]["from"], "2026-11-02T12:10:00Z")
        self.assertEqual(wizard.preview["replayed"][0]["working_s"], 600.0)

    def test_what_would_differ(self):
        wizard = self.make(standby_threshold_w=100)
        self.assertEqual(self.marks(wizard, "replayed"), ["changed"] * 3)
        self.assertEqual(wizard.preview["replayed"][0]["standby_s"], 0.0)
        wizard = self.make(standby_threshold_w=300, working_threshold_w=300)
        self.assertEqual((self.marks(wizard, "recorded"), self.marks(wizard, "replayed")), (["gone"] * 3, []))
        wizard = self.make(min_off_gap_s=4000)
        self.assertEqual(
            (self.marks(wizard, "recorded"), self.marks(wizard, "replayed")), (["changed"] * 3, ["changed"])
        )

    def test_a_span_that_begins_in_a_session(self):
        wizard = self.make(date_from=at(900).replace(tzinfo=None), date_to=at(3000).replace(tzinfo=None))
        self.assertEqual(
            (self.marks(wizard, "recorded"), self.marks(wizard, "replayed")), (["same"], ["same"])
        )

    def test_a_session_that_runs_differs_by_nothing(self):
        engine = self.engine(10_000)
        self.ingest(*[(10_000 + second, 60.0) for second in range(0, 40, 10)])
        self.ingest(*[(10_000 + second, 250.0) for second in range(40, 200, 10)])
        self.step(engine, 10_190, flush=True)
        self.ingest((10_200, 250.0), (10_210, 60.0))
        self.step(engine, 10_210)
        self.assertEqual(self.sessions()[-1].status, "running")
        for until in (10_100, 10_195, 10_205, 10_240):
            with self.subTest(until=until):
                wizard = self.make(date_to=at(until).replace(tzinfo=None))
                self.assertEqual(self.marks(wizard, "recorded"), ["same"] * 4)
                self.assertEqual(self.marks(wizard, "replayed"), ["same"] * 4)
        wizard = self.make(date_to=at(10_240).replace(tzinfo=None), standby_threshold_w=100)
        self.assertEqual(self.marks(wizard, "replayed"), ["changed"] * 4, "that it runs hides no difference")

    def test_a_session_that_ends_after_the_span_differs_by_nothing(self):
        wizard = self.make(date_to=at(1000).replace(tzinfo=None))
        self.assertEqual(
            (self.marks(wizard, "recorded"), self.marks(wizard, "replayed")), (["same"], ["same"])
        )

    def test_with_nothing_to_suggest_there_is_no_button_for_it(self):
        wizard = self.make(date_from=at(605).replace(tzinfo=None), date_to=at(800).replace(tzinfo=None))
        self.assertFalse(wizard.has_suggestion)
        self.assertTrue(self.make().has_suggestion)

    def test_problems_are_told_in_words(self):
        self.assertIn("Working from", self.make(working_threshold_w=1).problem)
        self.assertTrue(self.make(date_to=at(-1).replace(tzinfo=None)).problem)
        self.assertEqual(self.make(date_to=at(-1).replace(tzinfo=None)).preview["replayed"], [])

    def test_a_suggestion_and_its_application(self):
        wizard = self.make()
        histogram = wizard.histogram
        self.assertEqual(len(histogram["levels"]), 3)
        self.assertAlmostEqual(sum(seconds for *_, seconds in histogram["bins"]), 9600, delta=400)
        wizard.action_suggest()
        self.assertTrue(2 < wizard.standby_threshold_w < 60 < wizard.working_threshold_w < 250)
        wizard.action_apply()
        self.assertEqual(self.device.standby_threshold_w, wizard.standby_threshold_w)
        self.assertEqual(self.device.working_threshold_w, histogram["working_threshold_w"])

    def test_opening_it_with_a_suggestion(self):
        action = self.device.action_suggest()
        self.assertTrue(action["context"]["suggest"])
        self.assertEqual(action["name"], "Suggest thresholds")
        self.assertEqual(self.device.action_what_if()["name"], "What if")
        model = self.env["iot.session.what.if"].with_context(**action["context"])
        values = model.default_get(["device_id", "date_from", "date_to", "standby_threshold_w"])
        self.assertEqual(values["date_to"] - values["date_from"] >= timedelta(days=6), True)
        self.assertIn("standby_threshold_w", values)
