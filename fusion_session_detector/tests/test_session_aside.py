from contextlib import contextmanager
from unittest.mock import patch

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine import hand, power_log
from .session_common import SessionCase, at

ENGINE = "odoo.addons.fusion_session_detector.engine"


@tagged("post_install", "-at_install")
class TestSetAside(SessionCase):
    """What is wrong with one machine does not stop the others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.others = cls.make_device("lathe") + cls.make_device("mill") + cls.make_device("press")

    def setUp(self):
        super().setUp()
        self.made = self.engine()
        self.step(self.made, 0)

    def draw_all(self, *readings):
        for device in self.device + self.others:
            self.ingest(*readings, device=device.identifier)

    def machine(self):
        return self.made._machines[self.device.id]

    def refuse(self, table):
        """Have PostgreSQL itself refuse the rows of the saw."""
        self.env.cr.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK (device_id != {self.device.id}) NOT VALID"
        )

    @contextmanager
    def set_aside(self, logger="engine"):
        with self.assertLogs(f"{ENGINE}.{logger}", "ERROR") as said:
            yield
        self.assertEqual(len(said.output), 1, "once, not with every step")

    def check(self, word, now=60):
        """The saw is set aside; the journal is worked off and the others have their sessions."""
        self.step(self.made, now, flush=True)
        self.assertEqual(self.journal_rows(), 0)
        for other in self.others:
            self.assertEqual(len(self.sessions(other)), 1)
        self.assertIn(word, self.device.session_fault)
        self.assertTrue(self.device.session_fault_at)
        self.assertFalse(self.others.filtered("session_fault"))
        row = self.env["iot.runtime.worker"].search([("kind", "=", "session_machine")])
        self.assertEqual((row.name, row.current_state, row.res_id), ("Saw", "failed", self.device.id))
        self.assertIn(word, row.last_error)
        self.assertTrue(self.env["iot.runtime.worker"]._health()["alive"], "no server is missed for that")
        # It stays aside, for this engine and for the next one.
        for engine in (self.made, self.engine(now)):
            self.ingest((now + 1, 60), (now + 9, 60))
            self.step(engine, now + 10, flush=True)
            self.assertFalse(self.sessions().filtered(lambda session: session.status == "running"))
            self.assertEqual(self.journal_rows(), 0)

    def test_a_session_that_postgresql_refuses(self):
        self.refuse("mqtt_session")
        self.draw_all((0, 60), (5, 60))
        with self.set_aside():
            self.step(self.made, 5)
        self.check("CheckViolation")

    def test_a_power_log_that_postgresql_refuses(self):
        self.refuse("iot_power_log")
        self.draw_all((0, 60), (5, 60))
        self.step(self.made, 5)
        with self.set_aside():
            self.step(self.made, 60, flush=True)
        self.check("CheckViolation")
        self.assertEqual(self.sessions().mapped("end_reason"), ["fault"])

    def logged(self, device=None):
        """``(seconds after noon, W)`` in the power log of a machine."""
        found = power_log.read(self.env.cr, (device or self.device).id, None, at(-3600), at(3600))
        return [((sample.at - at(0)).total_seconds(), sample.power_w) for sample in found]

    def test_what_it_drew_before_the_fault_is_kept(self):
        self.draw_all((0, 60), (5, 60))
        self.step(self.made, 5)
        machine = self.machine()
        machine.state = machine.state._replace(run=machine.state.run._replace(peak_w=1e300))
        self.draw_all((10, 61), (60, 0), (90, 0))
        with self.set_aside():
            self.step(self.made, 90)
        self.env.cr.execute("DELETE FROM iot_power_journal")
        self.assertEqual(self.logged(), [(0.0, 60.0), (5.0, 60.0), (10.0, 61.0), (60.0, 0.0), (90.0, 0.0)])
        self.step(self.made, 120, flush=True)
        self.assertEqual(len(self.logged()), 5, "once")
        self.assertEqual(self.logged(self.others[0]), self.logged())

    def test_what_is_kept_is_bounded(self):
        self.draw_all((0, 60), (5, 60), (10, 61))
        self.step(self.made, 10)
        self.env.cr.execute(
            "UPDATE iot_session_state SET fault = 'by hand' WHERE device_id = %s", self.device.ids
        )
        self.made.refresh()
        with patch(f"{ENGINE}.engine.MOST_EVIDENCE", 2):
            self.step(self.made, 11)
        self.env.cr.execute("DELETE FROM iot_power_journal")
        self.assertEqual(self.logged(), [(5.0, 60.0), (10.0, 61.0)])

    def test_a_number_that_is_too_large(self):
        self.draw_all((0, 60), (5, 60))
        self.step(self.made, 5)
        machine = self.machine()
        machine.state = machine.state._replace(run=machine.state.run._replace(peak_w=1e300))
        self.draw_all((10, 60), (60, 0), (90, 0))
        with self.set_aside():
            self.step(self.made, 90)
        self.check("CheckViolation", 100)
        [session] = self.sessions()
        self.assertEqual((session.status, session.end_reason), ("completed", "fault"))
        self.assertEqual(session.end_time, at(5).replace(tzinfo=None))
        self.assertTrue(session.currency_id)

    def test_a_state_that_is_no_number(self):
        self.draw_all((0, 60))
        self.step(self.made, 0)
        self.machine().state = self.machine().state._replace(power_w=float("nan"))
        with self.set_aside():
            self.step(self.made, 1, flush=True)
        self.draw_all((2, 60), (8, 60))
        self.check("ValueError")

    def test_an_error_in_advance(self):
        self.machine().config = None
        self.draw_all((0, 60), (5, 60))
        with self.set_aside():
            self.step(self.made, 5)
        self.check("AttributeError")

    def test_an_error_in_what_falls_due(self):
        self.draw_all((0, 60), (5, 60))
        self.step(self.made, 5)
        self.machine().config = None
        with self.set_aside():
            self.step(self.made, 3600)
        self.check("AttributeError", 3600)

    def test_a_stored_state_that_cannot_be_read(self):
        self.env.cr.execute(
            "UPDATE iot_session_state SET state = %s WHERE device_id = %s",
            ['{"version": 99}', self.device.id],
        )
        self.made = self.engine()
        self.draw_all((0, 60), (5, 60))
        with self.set_aside("store"):
            self.step(self.made, 5)
        self.check("StateError")

    def test_settings_that_make_no_session(self):
        """The form refuses them, another version of the addon may not have."""
        self.env.cr.execute(
            "UPDATE iot_device SET working_threshold_w = 'NaN' WHERE id = %s", [self.device.id]
        )
        self.env.invalidate_all()
        self.made = self.engine()
        self.draw_all((0, 60), (5, 60))
        with self.set_aside("store"):
            self.step(self.made, 5)
        self.check("ConfigError")

    def test_two_of_them(self):
        self.refuse("mqtt_session")
        second = self.others[1]
        self.env.cr.execute(
            f"ALTER TABLE mqtt_session ADD CONSTRAINT refused_2 CHECK (device_id != {second.id}) NOT VALID"
        )
        self.draw_all((0, 60), (5, 60))
        with self.assertLogs(f"{ENGINE}.engine", "ERROR"):
            self.step(self.made, 5)
        for device in self.device + self.others:
            self.assertEqual(len(self.sessions(device)), device not in self.device + second)
        self.assertEqual(
            self.env["iot.device"].search([("session_fault", "!=", False)]), self.device + second
        )

    def test_what_passes_by_itself_is_nobodys_fault(self):
        self.draw_all((0, 60), (5, 60))
        for error in (
            psycopg2.OperationalError("gone"),
            psycopg2.DatabaseError("server closed"),
            MemoryError(),
        ):
            with (
                patch(f"{ENGINE}.store.write_events", side_effect=error),
                self.assertRaises(type(error)),
                self.env.cr.savepoint(),
            ):
                self.step(self.made, 5)
        self.assertFalse(self.device.session_fault)

    def test_while_modules_are_changed_nobody_is_blamed(self):
        self.refuse("mqtt_session")
        self.env.cr.execute("UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'fusion_iot'")
        self.draw_all((0, 60), (5, 60))
        with self.assertRaises(psycopg2.errors.CheckViolation), self.env.cr.savepoint():
            self.step(self.made, 5)
        self.assertFalse(self.device.session_fault)

    def test_put_back(self):
        self.refuse("mqtt_session")
        self.draw_all((0, 60), (5, 60))
        with self.set_aside():
            self.step(self.made, 5)
        with self.assertRaisesRegex(UserError, "set aside"):
            self.device.action_start_session()
        user = new_test_user(self.env, "aside_operator", groups="fusion_iot.group_iot_user")
        with self.assertRaises(AccessError):
            self.device.with_user(user).action_put_back()
        with self.set_aside():
            self.device.action_put_back()
            self.ingest((10, 60), (15, 60))
            self.step(self.made, 15)
        self.assertTrue(self.device.session_fault, "it fails again")
        self.env.cr.execute("ALTER TABLE mqtt_session DROP CONSTRAINT refused")
        self.device.action_put_back()
        self.assertFalse(self.device.session_fault)
        self.assertFalse(self.env["iot.runtime.worker"].search([("kind", "=", "session_machine")]))
        self.made.refresh()
        self.ingest((20, 60), (30, 60))
        self.step(self.made, 30)
        self.assertEqual(self.sessions().start_time, at(20).replace(tzinfo=None))
        with self.assertRaisesRegex(UserError, "set aside"):
            self.device.action_put_back()

    def test_a_machine_without_sessions_is_not_listed(self):
        self.refuse("mqtt_session")
        self.draw_all((0, 60), (5, 60))
        with self.set_aside():
            self.step(self.made, 5)
        self.device.session_strategy = "none"
        self.env["iot.runtime.worker"]._list_machines_aside()
        self.assertFalse(self.env["iot.runtime.worker"].search([("kind", "=", "session_machine")]))
        self.assertFalse(self.device.session_fault)

    def test_by_hand_an_unreadable_state_is_set_aside(self):
        self.env.cr.execute(
            "UPDATE iot_session_state SET state = %s WHERE device_id = %s",
            ['{"version": 99}', self.device.id],
        )
        with self.set_aside("store"):
            self.assertFalse(hand.handle(self.env, self.device.ids, hand.look))
        self.env.invalidate_all()
        self.assertIn("StateError", self.device.session_fault)

    def test_by_hand_what_fails_is_set_aside_too(self):
        """Its sessions can be switched off whatever is wrong with it."""
        self.draw_all((0, 60), (5, 60))
        with (
            patch(f"{ENGINE}.machine.Machine.advance", side_effect=OverflowError("too much")),
            self.set_aside("hand"),
        ):
            self.device.session_strategy = "none"
        self.assertEqual(self.device.session_strategy, "none")
        self.env.cr.execute("SELECT fault FROM iot_session_state WHERE device_id = %s", [self.device.id])
        self.assertEqual(self.env.cr.fetchone(), ("OverflowError: too much",))
