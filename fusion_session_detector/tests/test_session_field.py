import runpy
from pathlib import Path

from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from fusion_iot_core.detector import SessionState, advance
from fusion_iot_core.mqtt.inbound import Inbound
from fusion_iot_core.mqtt.reader import Intake, Reading
from fusion_iot_core.protocol import Measurement
from fusion_iot_core.protocol.parsers import Message, Parsed

from ..engine import journal, power_log
from ..engine.packing import BACK, GONE, Heard
from .session_common import NOON, SessionCase, at


@tagged("post_install", "-at_install")
class TestSessionField(SessionCase):
    """What meters in the field say, from the measurement to the bill."""

    def test_an_impossible_rise_of_the_counter_is_not_billed(self):
        self.device.rate_kwh = 0.4
        self.device.message_timeout_s = 750
        engine = self.engine()
        self.ingest(
            *[(0, 1000, 10_000), (300, 1000, 10_083), (310, 1000, 560_000), (320, 1000, 10_087)],
            *[(600, 1000, 10_166), (900, 0, 10_250), (920, 0, 10_250)],
        )
        self.step(engine, 920)
        session = self.sessions()
        self.assertAlmostEqual(session.energy_kwh, 0.25, delta=0.01)
        self.assertAlmostEqual(session.amount, 0.10)
        self.assertEqual(session.energy_source, "partly")

    def test_where_energy_comes_from(self):
        other = self.make_device("lathe")
        self.ingest((0, 1000, 10_000), (60, 1000, 10_017), (120, 0, 10_034), (140, 0, 10_034))
        self.ingest((0, 1000), (60, 1000), (120, 0), (140, 0), device="lathe")
        self.step(self.engine(), 140)
        self.assertEqual(self.sessions().energy_source, "counter")
        self.assertEqual(self.sessions(other).energy_source, "power")

    def test_the_second_message_of_a_second_counts(self):
        """In one batch, in two, and with the engine away in between."""
        said = [
            (-120, 0, 500),
            (0, 0, 500),
            (0, 1200, 500),
            (120, 1210, 540),
            (240, 1190, 580),
            (240, 0, 580),
        ]
        devices = [self.make_device(name) for name in ("one", "two", "three")]
        self.ingest(*said, (300, 0, 580), device="one")
        for reading in [*said, (300, 0, 580)]:
            self.ingest(reading, device="two")
        engine = self.engine()
        for reading in [*said, (300, 0, 580)]:
            self.ingest(reading, device="three")
            self.step(engine, max(reading[0], 0), flush=True)
            engine = self.engine(max(reading[0], 0))
        self.step(engine, 300, flush=True)
        for device in devices:
            session = self.sessions(device)
            self.assertEqual((session.start_time, session.end_time), (_naive(0), _naive(240)))
            self.assertEqual(session.energy_kwh, 0.08)
            samples = power_log.read(self.env.cr, device.id, "switch:0", at(-200), at(400))
            self.assertEqual([sample.power_w for sample in samples], [watts for _, watts, _ in said] + [0])

    def test_what_comes_again_in_the_same_second_changes_nothing(self):
        said = [(0, 0), (0, 1200), (60, 1200), (60, 0), (60, 0), (80, 0)]
        engine = self.engine()
        for reading in said:
            self.ingest(reading)
        self.step(engine, 80, flush=True)
        before = self.state().state, self.sessions().read(["total_duration_s", "energy_kwh", "state_history"])
        for reading in said:
            self.ingest(reading)
        self.step(self.engine(81), 81, flush=True)
        self.assertEqual(
            (self.state().state, self.sessions().read(["total_duration_s", "energy_kwh", "state_history"])),
            before,
        )

    def test_of_one_second_what_was_received_later_is_later(self):
        late = Heard(self.device.id, "switch:0", at(60), at(60.9), 0.0, None)
        early = Heard(self.device.id, "switch:0", at(60), at(60.2), 500.0, None)
        self.ingest((0, 500))
        journal.append(self.env.cr, [late])
        journal.append(self.env.cr, [early])
        self.ingest((100, 0))
        self.step(self.engine(), 100)
        self.assertEqual(self.sessions().end_time, _naive(60))

    def test_off_without_a_time_of_its_own_is_not_before_what_came_earlier(self):
        """The device's clock is 4 s ahead; the relay's word has none."""
        journal.append(
            self.env.cr,
            [
                Heard(self.device.id, "switch:0", at(4), at(0), 954.0, None),
                Heard(self.device.id, "switch:0", at(64), at(60), 954.0, None),
                Heard(self.device.id, "switch:0", at(62), at(62), 0.0, None),
                Heard(self.device.id, "switch:0", at(304), at(300), 0.0, None),
            ],
        )
        self.step(self.engine(), 300)
        self.assertEqual(self.sessions().end_time, _naive(64))

    def test_off_of_the_relay_before_the_meter_is_switched_off(self):
        engine = self.engine()
        self.ingest((0, 954), (60, 954))
        off = Measurement("saw", 0.0, "power", "W", at(70), "switch:0", switched_off=True)
        for measurements in (
            [off],
            [off._replace(switched_off=False), off],
            [off, off._replace(switched_off=False)],
        ):
            with self.subTest(measurements=len(measurements)), self.cr.savepoint() as savepoint:
                self.env["iot.ingest"].ingest(measurements, source="mqtt", received_at=at(70))
                self.ingest((360, 0))
                self.step(self.engine(), 360, flush=True)
                session = self.sessions()
                self.assertEqual((session.end_time, session.end_reason), (_naive(70), "normal"))
                self.assertEqual(str(session.session_chart(session.id)["samples"][-1][1]), "0.0")
                savepoint.rollback()
        self.ingest((70, 0), (360, 0))
        self.step(engine, 360)
        self.assertEqual(self.sessions().end_reason, "power_drop")

    def test_off_without_a_time_of_a_device_whose_clock_is_behind(self):
        """SENSOR carries its time, an hour behind; the relay's word has none but that of receipt."""
        said = [(second, 954.0) for second in range(0, 601, 60)]
        said += [(630, None), *((second, 0.0) for second in range(660, 901, 60))]
        said += [(second, 1200.0) for second in range(960, 3001, 60)]
        said += [(second, 0.0) for second in range(3060, 3301, 60)]
        drawn = {}
        for behind in (0, 3600):
            for batch in (1, 1000):
                name = f"plug {behind} {batch}"
                device = self.make_device(name)
                engine = self.engine()
                heard = [
                    Heard(device.id, "switch:0", at(second), at(second), -0.0, None)
                    if power is None
                    else Heard(device.id, "switch:0", at(second - behind), at(second + 1), power, None)
                    for second, power in said
                ]
                for number in range(0, len(heard), batch):
                    part = heard[number : number + batch]
                    journal.append(self.env.cr, part)
                    self.step(engine, (part[-1].received_at - at(0)).total_seconds())
                self.step(engine, 3600, flush=True)
                drawn[behind, batch] = [
                    (
                        round((each.start_time - _naive(-behind)).total_seconds(), -1),
                        round((each.end_time - _naive(-behind)).total_seconds(), -1),
                        each.end_reason,
                    )
                    for each in self.sessions(device)
                ]
        self.assertEqual(drawn[0, 1], [(0, 630, "normal"), (960, 3060, "power_drop")])
        self.assertEqual(set(map(str, drawn.values())), {str(drawn[0, 1])})

    def test_online_in_the_second_of_offline(self):
        self.device.message_timeout_s = 3900
        heard = [
            Heard(self.device.id, "switch:0", at(0), at(0), 800.0, None),
            Heard(self.device.id, "switch:0", at(60), at(60), 800.0, None),
            Heard(self.device.id, "", at(900), at(900), GONE, None),
            Heard(self.device.id, "", at(900), at(900), BACK, None),
        ]
        journal.append(self.env.cr, heard)
        self.step(self.engine(), 1500, flush=True)
        self.assertEqual(self.sessions().status, "running")

    def test_a_session_that_its_own_end_makes_too_short_is_none(self):
        self.device.minimum_amount = 2
        engine = self.engine()
        self.ingest((0, 806))
        self.step(engine, 10)
        running = self.sessions()
        self.assertEqual(running.status, "running")
        running.message_post(body="Who is this?")
        self.step(engine, 200, flush=True)
        self.assertFalse(self.sessions())
        self.assertFalse(
            self.env["mail.message"].search([("model", "=", "mqtt.session"), ("res_id", "=", running.id)])
        )
        self.ingest((300, 806), (301, 806))
        self.step(engine, 600)
        self.assertFalse(self.sessions())

    def test_a_running_session_has_a_currency(self):
        self.draw((0, 500), (10, 500))
        session = self.sessions()
        self.assertEqual(session.status, "running")
        self.assertEqual(session.currency_id, self.env.company.currency_id)

    def test_nonsense_is_no_word_of_a_machine(self):
        for value in (1e308, 1e9, -1e308):
            self.ingest((0, value), (10, value))
            self.step(self.engine(), 20, flush=True)
            self.assertFalse(self.sessions())
        # and what a journal of before holds does no harm
        heard = [
            Heard(self.device.id, "switch:0", at(20 + number), at(20), 1e308, 1e308) for number in range(9)
        ]
        journal.append(self.env.cr, heard)
        other = self.make_device("lathe")
        self.ingest((0, 500), (60, 0), (80, 0), device="lathe")
        self.step(self.engine(), 100, flush=True)
        self.assertEqual(self.sessions(other).total_duration_s, 60)
        self.assertFalse(self.journal_rows())

    @mute_logger("odoo.addons.fusion_session_detector.engine.engine")
    def test_a_state_that_cannot_be_stored_is_in_nobodys_way(self):
        other = self.make_device("lathe")
        engine = self.engine()
        self.ingest((0, 500), (10, 500))
        self.ingest((0, 500), (10, 500), device="lathe")
        self.step(engine, 10)
        engine._machines[self.device.id].state = engine._machines[self.device.id].state._replace(
            power_w=float("inf")
        )
        self.ingest((60, 0), (80, 0))
        self.ingest((60, 0), (80, 0), device="lathe")
        engine._machines[self.device.id].state = engine._machines[self.device.id].state._replace(
            step_wh=float("nan")
        )
        self.step(engine, 100, flush=True)
        self.assertEqual(self.sessions(other).status, "completed")

    def test_the_database_refuses_what_is_impossible(self):
        self.draw((0, 500), (60, 0), (80, 0))
        session = self.sessions()
        for column, value in (("energy_kwh", "Infinity"), ("amount", "NaN"), ("total_duration_s", "-1")):
            with self.assertRaises(IntegrityError), self.cr.savepoint(), mute_logger("odoo.sql_db"):
                self.cr.execute(f"UPDATE mqtt_session SET {column} = %s WHERE id = %s", [value, session.id])

    def test_form_chart_timeline_and_bill_agree(self):
        """A start that changes its mind, a pause that is none, a pause that is one, and a pause at the end."""
        self.device.write(
            {"min_off_gap_s": 120, "resume_debounce_s": 10, "start_debounce_s": 10, "rate_standby_h": 36}
        )
        said = [
            (0.25, 50),
            (4.75, 300),
            (12, 300),
            (60.5, 50),
            (70, 300),
            (100.125, 5),
            (130, 300),
            (150, 300),
        ]
        engine = self.engine()
        self.ingest(*said)
        for now, more in ((150, ()), (210, [(200.5, 5)]), (400, [(320, 5), (330, 5), (390, 5)])):
            if more:
                self.ingest(*more)
            self.step(engine, now, flush=True)
            session = self.sessions()
            self._assert_agree(session)
        self.assertEqual((session.standby_duration_s, session.working_duration_s), (43.875, 156.375))
        self.assertEqual(session.standby_units, 43.875 / 3600)
        self.assertAlmostEqual(session.amount, 0.44)

    def _assert_agree(self, session):
        told = dict.fromkeys(("working", "standby"), 0.0)
        chart = session.session_chart(session.id)["states"]
        line = self.env["iot.device"].session_timeline("2026-11-02", "2026-11-03")
        (drawn,) = (machine["segments"] for machine in line["machines"] if machine["id"] == self.device.id)
        self.assertEqual([phase for *_, phase in chart], [phase for _low, _high, phase, _id in drawn])
        if session.status == "running":
            return
        for states in (chart, drawn):
            told = dict.fromkeys(("working", "standby"), 0.0)
            for low, high, phase, *_ in states:
                told[phase] += (_moment(high) - _moment(low)).total_seconds()
            self.assertAlmostEqual(told["working"], session.working_duration_s, places=3)
            self.assertAlmostEqual(told["standby"], session.standby_duration_s, places=3)

    def test_sessions_are_worked_out_again_where_their_power_is_kept(self):
        self.device.write({"rate_kwh": 0.4, "message_timeout_s": 750, "min_off_gap_s": 60})
        self.ingest(
            *[
                (0, 1000, 10_000),
                (100, 50, 10_028),
                (200, 5, 10_030),
                (230, 1000, 10_030),
                (300, 1000, 10_050),
            ],
            *[(900, 0, 10_216), (1000, 0, 10_216)],
        )
        self.ingest((2000, 1000), (2100, 0), (2200, 0))
        self.step(self.engine(), 2200, flush=True)
        first, second = self.sessions()
        right = first.read(
            ["energy_kwh", "amount", "standby_duration_s", "working_duration_s", "state_history"]
        )
        untouched = second.read()
        first.write({"energy_kwh": 550.17, "amount": 220.07, "energy_source": False, "standby_duration_s": 1})
        self.assertEqual(self.env["mqtt.session"]._recompute_from_power()[:2], (2, 1))
        self.assertEqual(first.read(list(right[0])), right)
        self.assertIn("550.170", first.message_ids[0].body)
        self.assertEqual(second.read(), untouched)

    def test_the_update_repairs_what_nonsense_has_left_behind(self):
        self.draw((0, 500), (60, 0), (80, 0))
        session = self.sessions()
        self.cr.execute("ALTER TABLE mqtt_session DROP CONSTRAINT mqtt_session_possible")
        self.cr.execute(
            "UPDATE mqtt_session SET energy_kwh = 'Infinity', amount = 'NaN', currency_id = NULL WHERE id = %s",
            [session.id],
        )
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.1.0" / "pre-migration.py"
        with self.assertLogs(level="WARNING"):
            runpy.run_path(str(path))["migrate"](self.cr, "19.0.1.0.0")
        session.invalidate_recordset()
        self.assertEqual((session.energy_kwh, session.amount, session.total_duration_s), (0, 0, 60))
        self.assertEqual(session.currency_id, self.env.company.currency_id)

    def test_a_stored_state_of_before_goes_on(self):
        self.ingest((0, 500), (60, 500))
        self.step(self.engine(), 60)
        state = self.state()
        state.state = _as_version_1(SessionState.from_dict(state.state).to_dict())
        self.env.flush_all()
        self.ingest((70, 500), (80, 0), (100, 0))
        self.step(self.engine(), 100)
        self.assertEqual(self.sessions().total_duration_s, 80)


@tagged("post_install", "-at_install")
class TestSessionOnChange(SessionCase):
    """A device that reports on change only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        connection = cls.env["mqtt.connection"].create(
            {"name": "Broker", "host": "localhost", "active": False}
        )
        cls.plug = cls.env["mqtt.device"].create(
            {
                "name": "Plug",
                "device_id": "zigbee/plug",
                "connection_id": connection.id,
                "topic_pattern": "zigbee/plug/#",
                "expected_interval": 0,
                "session_strategy": "power_threshold",
            }
        )
        cls.machine = cls.plug.iot_device_id

    def says(self, *readings):
        self.ingest(*readings, device=self.machine.identifier)

    def presence(self, second, online, retained=False):
        self.env["iot.device"]._note_presence({self.machine.id: (online, retained)}, _naive(second))

    def test_it_is_not_silent_while_it_has_nothing_new_to_say(self):
        self.assertEqual(self.machine.session_silent_after_s, 3900)
        engine = self.engine()
        self.says((0, 0), (10, 812), (22, 805))
        self.step(engine, 1800)
        self.assertEqual(self.sessions(self.machine).status, "running")
        self.says((1822, 806), (3600, 0), (3620, 0))
        self.step(engine, 3620)
        session = self.sessions(self.machine)
        self.assertEqual((session.start_time, session.end_time), (_naive(10), _naive(3600)))

    def test_it_ends_where_it_is_said_to_be_gone(self):
        engine = self.engine()
        self.says((0, 812), (22, 805))
        self.step(engine, 100)
        self.presence(900, online=False)
        self.step(engine, 1000)
        self.assertEqual(self.sessions(self.machine).status, "running")
        self.step(engine, 1100, flush=True)
        session = self.sessions(self.machine)
        self.assertEqual((session.end_time, session.end_reason), (_naive(900), "timeout"))
        self.step(self.engine(1200), 1200, flush=True)
        self.assertEqual(self.sessions(self.machine), session)
        log = power_log.read(self.env.cr, self.machine.id, "switch:0", at(0), at(2000))
        again = advance(SessionState(), self.machine._session_config(), log)[0]
        self.assertEqual(again.gone_at, at(900))

    def test_back_in_time_it_goes_on(self):
        engine = self.engine()
        self.says((0, 812), (22, 805))
        self.presence(900, online=False)
        self.presence(960, online=True)
        self.presence(970, online=False, retained=True)
        self.step(engine, 1500)
        self.assertEqual(self.sessions(self.machine).status, "running")

    def bridge(self, second, payload, topic="zigbee/bridge/state", retained=False):
        message = Message(topic, payload, at(second), retained)
        reading = Reading(Inbound(message, 1, 1, False, 1), "", Parsed(), None, (), "")
        self.env["mqtt.intake"]._take(self.plug.connection_id.id, "off", Intake(at(second), [reading]))

    def test_it_is_gone_with_its_bridge(self):
        self.says((0, 812), (22, 805))
        self.bridge(300, b'{"state":"offline"}', topic="zigbee/other/state")
        self.bridge(310, b"offline", topic="zig/bridge/state")
        self.bridge(320, b"offline", retained=True)
        self.bridge(400, b"offline")
        self.bridge(420, b"online")
        self.step(self.engine(), 800)
        self.assertEqual(self.sessions(self.machine).status, "running")
        self.bridge(900, b'{"state":"offline"}')
        self.step(self.engine(), 1100)
        self.assertEqual(self.sessions(self.machine).end_time, _naive(900))

    def test_others_go_by_their_interval(self):
        self.plug.expected_interval = 60
        self.says((0, 812), (22, 805))
        self.presence(30, online=False)
        self.step(self.engine(), 120)
        self.assertEqual(self.sessions(self.machine).status, "running")
        self.assertFalse(
            any(item.power_w in (float("inf"), float("-inf")) for item in journal.read(self.env.cr, []).heard)
        )


def _naive(seconds):
    return at(seconds).replace(tzinfo=None)


def _moment(text):
    return NOON.fromisoformat(text.replace("Z", "+00:00"))


def _as_version_1(state):
    """A state as it was stored before counters knew when they moved."""
    state = {name: value for name, value in state.items() if name not in ("said", "gone_at", "step_wh")}
    accounts = {name: state[name] and state[name][:9] for name in ("run", "pause", "trial")}
    return {**state, **accounts, "version": 1}
