from odoo import api, fields, models
from odoo.orm.model_classes import add_to_registry
from odoo.tests import tagged

from ..engine import aside
from ..engine.session_table import Written, close_running
from .session_common import SessionCase
from .test_session_edit import naive

FAILS = "no equipment"
EXTENDED = ["mqtt.session", "iot.device"]


def session_extension():
    """What an addon would bring that bills sessions."""

    class Session(models.Model):
        _module = None
        _inherit = "mqtt.session"  # pylint: disable=consider-merging-classes-inherited

        power_hours = fields.Float(compute="_compute_power_hours", store=True)
        kind_of_end = fields.Char(compute="_compute_kind_of_end", store=True)

        @api.depends("total_duration_h", "peak_power_w")
        def _compute_power_hours(self):
            for session in self:
                session.power_hours = session.total_duration_h * session.peak_power_w

        def _compute_kind_of_end(self):
            for session in self:
                session.kind_of_end = session.status

        def _on_started(self):
            super()._on_started()
            self._note("started")

        def _on_ended(self):
            super()._on_ended()
            self._note("ended")
            for session in self:
                if session.device_id.test_place == FAILS:
                    raise ValueError(FAILS)
                session.device_id.test_last = f"{session.status} {session.total_duration_s:.0f} s"

        def _on_void(self):
            super()._on_void()
            self._note("void")

        def _note(self, what):
            self.pool.test_told.append((what, self.ids, self.mapped("status")))

    return Session


def device_extension():
    """What an addon would bring that counts the hours of machines."""

    class Device(models.Model):
        _module = None
        _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

        test_place = fields.Char()
        test_last = fields.Char()
        session_hours = fields.Float(compute="_compute_session_hours", store=True)

        @api.depends("session_ids.total_duration_h")
        def _compute_session_hours(self):
            for device in self:
                device.session_hours = sum(device.session_ids.mapped("total_duration_h"))

    return Device


def extend(registry, cr):
    """Have both in the registry.

    :returns: takes them out again
    """
    known = {registry[name]: registry[name]._base_classes__ for name in EXTENDED}

    def shrink():
        for model, bases in known.items():
            model._base_classes__ = bases
        registry._setup_models__(cr, EXTENDED)

    add_to_registry(registry, session_extension())
    add_to_registry(registry, device_extension())
    registry._setup_models__(cr, EXTENDED)
    registry.init_models(cr, EXTENDED, {"module": "fusion_session_detector"})
    return shrink


@tagged("post_install", "-at_install")
class TestSessionHooks(SessionCase):
    """Addons hear of sessions, and compute from them, although the engine writes by SQL."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry.test_told = []
        cls.addClassCleanup(cls.registry.__dict__.pop, "test_told")
        cls.addClassCleanup(extend(cls.registry, cls.cr))
        cls.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.registry.test_told.clear()

    def told(self):
        found = list(self.registry.test_told)
        self.registry.test_told.clear()
        return found

    def test_starts_and_ends_are_told_once(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60))
        self.step(engine, 5)
        session = self.sessions()
        self.assertEqual(self.told(), [("started", session.ids, ["running"])])
        self.ingest((10, 500), (20, 500))
        self.step(engine, 20, flush=True)
        self.assertEqual(self.told(), [], "it goes on")
        self.ingest((30, 0), (60, 0))
        self.step(engine, 60)
        self.assertEqual(self.told(), [("ended", session.ids, ["completed"])])
        self.step(engine, 90, flush=True)
        self.assertEqual(self.told(), [])
        self.assertEqual(self.device.test_last, "completed 30 s")

    def test_one_that_is_found_when_it_is_over(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60), (20, 0), (60, 0))
        self.step(engine, 60)
        session = self.sessions()
        self.assertEqual(
            self.told(), [("started", session.ids, ["completed"]), ("ended", session.ids, ["completed"])]
        )

    def test_one_that_turns_out_to_be_none(self):
        engine = self.engine()
        self.ingest((0, 60))
        self.step(engine, 0)
        self.step(engine, 4)
        ids = self.sessions().ids
        self.assertEqual(self.told(), [("started", ids, ["running"])])
        self.step(engine, 5000)
        self.assertFalse(self.sessions())
        self.assertEqual(self.told(), [("void", ids, ["running"])], "while it was there")

    def test_sets_are_told_as_sets(self):
        other = self.make_device("lathe")
        engine = self.engine()
        for name in ("saw", "lathe"):
            self.ingest((0, 60), (5, 60), device=name)
        self.step(engine, 5)
        both = self.sessions() + self.sessions(other)
        self.assertEqual(self.told(), [("started", sorted(both.ids), ["running", "running"])])

    def test_stored_fields_follow(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60), (36, 60))
        self.step(engine, 36, flush=True)
        session = self.sessions()
        self.assertAlmostEqual(session.power_hours, 0.6)
        self.assertEqual(session.kind_of_end, "running")
        self.assertAlmostEqual(self.device.session_hours, 0.01)
        self.ingest((72, 60))
        self.step(engine, 72, flush=True)
        self.assertAlmostEqual(self.sessions().power_hours, 1.2)
        self.assertAlmostEqual(self.device.session_hours, 0.02)
        self.env.cr.execute("SELECT power_hours FROM mqtt_session WHERE id = %s", [session.id])
        self.assertAlmostEqual(self.env.cr.fetchone()[0], 1.2)

    def test_by_hand_and_by_force(self):
        self.device.action_start_session()
        session = self.sessions()
        self.assertEqual(self.told(), [("started", session.ids, ["running"])])
        session.action_force_end()
        self.assertEqual(self.told(), [("ended", session.ids, ["completed"])])

    def test_one_that_a_person_enters(self):
        entry = self.env["mqtt.session.entry"].create(
            {
                "device_id": self.device.id,
                "start_time": naive(0),
                "end_time": naive(60),
                "reason": "The meter was unplugged",
            }
        )
        ids = [entry.action_enter()["res_id"]]
        self.assertEqual(self.told(), [("started", ids, ["completed"]), ("ended", ids, ["completed"])])
        self.assertEqual(self.device.test_last, "completed 60 s")

    def test_one_that_is_split(self):
        self.draw((0, 60), (20, 60), (40, 60), (60, 0), (100, 0))
        self.told()
        later = self.sessions()._split_at(naive(30))
        self.assertEqual(
            self.told(), [("started", later.ids, ["completed"]), ("ended", later.ids, ["completed"])]
        )

    def test_one_that_the_detector_does_not_know(self):
        self.draw((0, 60), (5, 60))
        session = self.sessions()
        self.told()
        close_running(self.env, self.device.ids, "timeout")
        self.assertEqual(self.told(), [("ended", session.ids, ["completed"])])

    def test_what_an_addon_cannot_do_is_of_that_machine(self):
        other = self.make_device("lathe")
        self.device.test_place = FAILS
        engine = self.engine()
        for name in ("saw", "lathe"):
            self.ingest((0, 60), (5, 60), device=name)
        self.step(engine, 5)
        for name in ("saw", "lathe"):
            self.ingest((20, 0), (60, 0), device=name)
        with self.assertLogs(f"{aside.__name__.rpartition('.')[0]}.engine", "ERROR"):
            self.step(engine, 60)
        self.assertIn(FAILS, self.device.session_fault)
        self.assertFalse(self.device.test_last)
        self.assertEqual((self.sessions().status, self.sessions().end_reason), ("completed", "fault"))
        self.assertEqual((self.sessions(other).status, other.test_last), ("completed", "completed 20 s"))


@tagged("post_install", "-at_install")
class TestSessionHooksUnused(SessionCase):
    def test_without_such_addons_nothing_is_read_or_written(self):
        self.draw((0, 60), (5, 60))
        self.assertEqual(self.env["mqtt.session"]._followed(self.env["mqtt.session"]._fields), [])
        session = self.sessions()
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.env["mqtt.session"]._follow_up(Written([], session.ids, session.ids))
