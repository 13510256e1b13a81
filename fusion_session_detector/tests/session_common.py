from datetime import datetime, timedelta, timezone

from odoo.addons.fusion_iot_base.nudges import board
from odoo.tests import TransactionCase

from fusion_iot_core.protocol import Measurement

from ..adapter import SessionDetector
from ..engine.collecting import register
from ..engine.engine import Engine, EngineSettings
from ..engine.hand import database_uuid

NOON = datetime(2026, 11, 2, 12, tzinfo=timezone.utc)


def at(seconds):
    """A time so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


class SessionCase(TransactionCase):
    """A saw with sessions: standby from 20 W, work from 100 W, 3 s to start, 15 s to end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["iot.device"].search([]).session_strategy = "none"
        cls.env.cr.execute("DELETE FROM iot_power_journal")
        cls.device = cls.make_device("saw")

    def setUp(self):
        super().setUp()
        register.forget()
        board.forget()
        self.addCleanup(register.forget)

    @classmethod
    def make_device(cls, identifier, **values):
        return cls.env["iot.device"].create(
            {
                "name": identifier.title(),
                "identifier": identifier,
                "kind": "meter",
                "session_strategy": "power_threshold",
                **values,
            }
        )

    def sessions(self, device=None):
        self.env.invalidate_all()
        return self.env["mqtt.session"].search(
            [("device_id", "=", (device or self.device).id)], order="start_time"
        )

    def detector(self, device=None):
        device = device or self.device
        return SessionDetector(device.id, device.name)

    def draw(self, *powers, device=None):
        """Have the device draw ``(seconds after noon, W)`` through the adapter; the last phase."""
        detector = self.detector(device)
        for seconds, power in powers:
            phase = detector.process_power_event(self.env, power, at(seconds))
        return phase

    def ingest(self, *readings, device="saw", channel="switch:0", received=None):
        """Have ``(seconds after noon, W)`` or ``(seconds, W, Wh)`` come in one batch."""
        measurements = []
        for seconds, power, *energy in readings:
            common = {"device": device, "channel": channel, "at": at(seconds), "received_at": at(seconds)}
            if power is not None:
                measurements.append(Measurement(value=power, quantity="power", unit="W", **common))
            if energy:
                measurements.append(Measurement(value=energy[0], quantity="energy", unit="Wh", **common))
        moment = at(received if received is not None else readings[-1][0])
        return self.env["iot.ingest"].ingest(measurements, source="http", received_at=moment)

    def engine(self, now=0.0, flush_s=30, hold_s=900):
        settings = EngineSettings(timedelta(seconds=flush_s), timedelta(seconds=hold_s))
        return Engine(database_uuid(self.env), settings, at(now))

    def step(self, engine, now, flush=False):
        """Have an engine work everything off, at so many seconds after noon."""
        self.env.flush_all()
        while engine.step(self.env, at(now), flush).more:
            pass
        self.env.invalidate_all()

    def state(self, device=None):
        self.env.invalidate_all()
        return self.env["iot.session.state"].search([("device_id", "=", (device or self.device).id)])

    def journal_rows(self):
        self.env.cr.execute("SELECT count(*) FROM iot_power_journal")
        return self.env.cr.fetchone()[0]

    def log_rows(self):
        self.env.cr.execute(
            "SELECT count(*), coalesce(sum(count), 0) FROM iot_power_log WHERE device_id = %s",
            [self.device.id],
        )
        return self.env.cr.fetchone()
