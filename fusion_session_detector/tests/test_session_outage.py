from unittest.mock import patch

from odoo.tests import tagged

from ..engine import journal
from ..engine.packing import Heard
from .session_common import SessionCase, at


@tagged("post_install", "-at_install")
class TestSessionOutage(SessionCase):
    """Machines on a broker: what happened while nobody listened."""

    def setUp(self):
        super().setUp()
        self.connection = self.env["mqtt.connection"].create(
            {"name": "Hall", "host": "broker.test", "enabled": True}
        )
        self.plug = self.env["mqtt.device"].create(
            {
                "name": "Mill",
                "device_id": "mill",
                "connection_id": self.connection.id,
                "topic_pattern": "mill/#",
                "session_strategy": "power_threshold",
            }
        )
        self.mill = self.plug.iot_device_id

    def connect(self, seconds, state="connected", beat=None):
        """Have the connection be in a state since a moment, with a sign of life then or at ``beat``."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE iot_runtime_worker SET state = %s, beat_at = %s, lag = 0 WHERE kind = 'mqtt' AND res_id = %s",
            [state, at(seconds if beat is None else beat).replace(tzinfo=None), self.connection.id],
        )
        self.assertTrue(self.env.cr.rowcount)

    def run_engine(self, engine, first, last, state="connected"):
        for second in range(first, last):
            self.connect(second, state)
            self.step(engine, second)

    def test_a_backlog_gives_the_sessions_that_would_have_been(self):
        engine = self.engine()
        self.ingest((0, 300), (5, 300), device="mill")
        self.run_engine(engine, 5, 12)
        session = self.sessions(self.mill)
        self.assertEqual(session.status, "running")

        # The server is killed, and back after an hour in which the machine was off for a while.
        self.connect(3600, "connected", beat=12)
        engine = self.engine(3600)
        self.step(engine, 3600)
        self.run_engine(engine, 3601, 3604, "connecting")
        self.assertEqual(session.status, "running", "silence is the connection's")
        kept = [(second, 300) for second in range(60, 1800, 60)] + [(1800, 2)]
        kept += [(second, 2) for second in range(1860, 2400, 60)]
        kept += [(second, 300) for second in range(2400, 3600, 60)]
        for number in range(0, len(kept), 20):
            second = 3604 + number // 20
            self.hear_late(kept[number : number + 20], second)
            self.run_engine(engine, second, second + 1)
        self.run_engine(engine, 3610, 3640)
        first, second = self.sessions(self.mill)
        self.assertEqual(first, session)
        self.assertEqual((first.end_reason, first.total_duration_s), ("power_drop", 1800.0))
        self.assertEqual((second.status, second.start_time), ("running", at(2400).replace(tzinfo=None)))

    def hear_late(self, readings, received):
        heard = [
            Heard(self.mill.id, "switch:0", at(second), at(received), float(power), None)
            for second, power in readings
        ]
        journal.append(self.env.cr, heard)

    def test_a_connection_that_stays_away_holds_sessions_open_only_for_so_long(self):
        engine = self.engine(hold_s=300)
        self.ingest((0, 300), (5, 300), device="mill")
        self.run_engine(engine, 5, 20)
        session = self.sessions(self.mill)
        self.run_engine(engine, 20, 310, "retrying")
        self.assertEqual(session.status, "running")
        self.run_engine(engine, 310, 330, "retrying")
        self.assertEqual((session.status, session.end_reason), ("completed", "timeout"))
        self.assertEqual(session.end_time, at(5).replace(tzinfo=None))

    def test_a_machine_that_is_silent_while_its_connection_is_not(self):
        engine = self.engine()
        self.ingest((0, 300), (5, 300), device="mill")
        self.run_engine(engine, 5, 20)
        self.run_engine(engine, 150, 160)
        session = self.sessions(self.mill)
        self.assertEqual((session.status, session.end_reason), ("completed", "timeout"))
        self.assertEqual(session.end_time, at(5).replace(tzinfo=None))

    def test_a_connection_that_a_person_has_stopped_delivers_nothing(self):
        engine = self.engine()
        self.ingest((0, 300), (5, 300), device="mill")
        self.run_engine(engine, 5, 20)
        self.connect(20, "stopped")
        self.step(engine, 160)
        self.assertEqual(self.sessions(self.mill).end_reason, "timeout")

    def test_a_transport_of_another_addon_is_waited_for_as_well(self):
        """Its worker has no row yet when the machine is loaded: it is known by kind and record."""
        machine, poller = self.device, ("poller", 7)
        with patch.object(
            self.registry["iot.device"], "_runtime_workers", lambda devices: {machine.id: {poller}}
        ):
            engine = self.engine()
            self.ingest((0, 300), (5, 300))
            self.step(engine, 5)
            self.env.cr.execute(
                "INSERT INTO iot_runtime_worker (kind, res_model, res_id, name, state, beat_at)"
                " VALUES ('poller', 'res.partner', 7, 'Oven', 'retrying', %s)",
                [at(6).replace(tzinfo=None)],
            )
            for second in range(6, 200):
                self.env.cr.execute(
                    "UPDATE iot_runtime_worker SET beat_at = %s WHERE kind = 'poller'",
                    [at(second).replace(tzinfo=None)],
                )
                self.step(engine, second)
            self.assertEqual(self.sessions().status, "running")
            self.env.cr.execute("UPDATE iot_runtime_worker SET state = 'connected' WHERE kind = 'poller'")
            for second in range(200, 210):
                self.env.cr.execute(
                    "UPDATE iot_runtime_worker SET beat_at = %s WHERE kind = 'poller'",
                    [at(second).replace(tzinfo=None)],
                )
                self.step(engine, second)
        self.assertEqual(self.sessions().end_reason, "timeout")

    def test_a_machine_that_moves_to_another_connection_waits_for_that(self):
        engine = self.engine()
        self.ingest((0, 300), (5, 300), device="mill")
        self.run_engine(engine, 5, 20)
        other = self.env["mqtt.connection"].create({"name": "Yard", "host": "other.test", "enabled": True})
        self.plug.connection_id = other
        self.connect(20, "connected")
        self.connection = other
        engine.refresh()
        self.run_engine(engine, 20, 200, "retrying")
        self.assertEqual(self.sessions(self.mill).status, "running")

    def test_others_do_not_wait_for_a_connection_that_is_away(self):
        engine = self.engine()
        self.ingest((0, 300), (5, 300), device="mill")
        self.ingest((0, 300), (5, 300))
        self.run_engine(engine, 5, 160, "retrying")
        self.assertEqual(self.sessions().end_reason, "timeout")
        self.assertEqual(self.sessions(self.mill).status, "running")
