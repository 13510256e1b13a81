from unittest.mock import MagicMock, patch

from odoo.addons.base.models.res_groups import ResGroups
from odoo.tests import new_test_user, tagged

from .session_common import SessionCase, at


@tagged("post_install", "-at_install")
class TestAnnouncing(SessionCase):
    """What goes over the bus."""

    def setUp(self):
        super().setUp()
        self.told, self.heard_on = [], []

        def send(groups, kind, payload, subchannel=None):
            self.assertEqual(groups, self.env.ref("fusion_iot.group_iot_user"))
            self.told.append((kind, payload))
            self.heard_on.append(subchannel)

        patcher = patch.object(ResGroups, "_bus_send", send, create=True)
        patcher.start()
        self.addCleanup(patcher.stop)

    def events(self):
        return [
            event
            for kind, payload in self.told
            if kind == "fusion_iot/session"
            for event in payload["events"]
        ]

    def test_a_session_as_others_hear_of_it(self):
        self.device.heartbeat_interval_s = 20
        engine = self.engine()
        for second, power in ((0, 60), (5, 60), (10, 300), (22, 300), (30, 60), (40, 60), (45, 0)):
            self.ingest((second, power))
            self.step(engine, second)
        self.step(engine, 62)
        events = self.events()
        self.assertEqual(
            [(event["event"], event["state"]) for event in events],
            [
                ("session_started", "starting"),
                ("session_updated", "standby"),
                ("session_updated", "working"),
                ("session_heartbeat", "working"),
                ("session_updated", "standby"),
                ("session_heartbeat", "standby"),
                ("session_updated", "stopping"),
                ("session_stopped", "idle"),
            ],
        )
        session = self.sessions()
        self.assertEqual({event["session_id"] for event in events}, {session.session_id})
        self.assertEqual({event["device"] for event in events}, {"saw"})
        self.assertEqual(len({event["event_uid"] for event in events}), len(events))
        self.assertEqual(events[0]["timestamp"], "2026-11-02T12:00:03Z", "when it was certain")
        beats = [event for event in events if "interval_working_s" in event]
        self.assertEqual(
            [(beat["interval_working_s"], beat["interval_standby_s"]) for beat in beats],
            [(12.0, 10.0), (8.0, 10.0), (0.0, 5.0)],
        )
        self.assertEqual(session.working_duration_s, sum(beat["interval_working_s"] for beat in beats))
        self.assertEqual(session.standby_duration_s, sum(beat["interval_standby_s"] for beat in beats))

    def test_silence_has_a_name_of_its_own(self):
        engine = self.engine()
        self.ingest((0, 60), (5, 60))
        self.step(engine, 5)
        self.step(engine, 160)
        self.assertEqual(self.events()[-1]["event"], "session_timeout")
        self.assertEqual(self.events()[-1]["end_reason"], "timeout")

    def test_an_event_that_is_told_twice_is_the_same(self):
        self.ingest((0, 60), (5, 60))
        self.step(self.engine(), 5)
        first = self.events()
        self.env.cr.execute("UPDATE iot_session_state SET state = NULL")
        self.step(self.engine(), 5)
        again = self.events()[len(first) :]
        self.assertEqual([event["event_uid"] for event in again], [event["event_uid"] for event in first])
        self.assertEqual(len(self.sessions()), 1)

    def test_watts_once_a_second_and_only_what_changed(self):
        other = self.make_device("lathe")
        engine = self.engine()
        self.ingest((0, 5))
        self.ingest((0, 7), device="lathe")
        self.step(engine, 1)
        self.told.clear()
        for tenth in range(20, 40):
            self.ingest((tenth / 10, 5.0 + tenth))
            self.step(engine, tenth / 10)
        machines = [payload["machines"] for kind, payload in self.told if kind == "fusion_iot/machines"]
        self.assertEqual(len(machines), 2)
        self.assertEqual([set(told) for told in machines], [{str(self.device.id)}] * 2)
        self.assertNotIn(str(other.id), machines[0])
        self.assertEqual(
            machines[0][str(self.device.id)],
            {
                "power_w": 25.0,
                "phase": "starting",
                "at": at(2).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "channel": "switch:0",
            },
        )

    def test_too_many_machines_are_a_nudge(self):
        devices = [self.make_device(f"m{number}") for number in range(201)]
        engine = self.engine()
        self.step(engine, 0)
        for device in devices:
            self.ingest((1, 5), device=device.identifier)
        self.told.clear()
        self.step(engine, 2)
        self.assertEqual(self.told, [("fusion_iot/nudge", {"kind": "session"})])

    def test_power_that_is_no_session_is_not_told(self):
        engine = self.engine()
        self.ingest((0, 60), (1, 0), (30, 0))
        self.step(engine, 30)
        self.assertEqual(self.events(), [])

    def test_machines_of_a_company_are_told_to_its_users_only(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.device.company_id = company
        self.ingest((0, 60), (5, 60))
        self.step(self.engine(), 5)
        heard_on = {
            on for (kind, _payload), on in zip(self.told, self.heard_on, strict=True) if "nudge" not in kind
        }
        self.assertEqual(heard_on, {f"machines-{company.id}"})

        ours = new_test_user(self.env, "ours", "fusion_iot.group_iot_user")
        theirs = new_test_user(
            self.env, "theirs", "fusion_iot.group_iot_user", company_id=company.id, company_ids=[company.id]
        )
        stranger = new_test_user(
            self.env, "stranger", "base.group_user", company_id=company.id, company_ids=[company.id]
        )
        channel = (self.env.ref("fusion_iot.group_iot_user"), f"machines-{company.id}")
        with patch("odoo.addons.bus.models.ir_websocket.wsrequest", new=MagicMock()) as websocket:
            for user, hears in ((ours, False), (theirs, True), (stranger, False)):
                websocket.session.uid = user.id
                channels = self.env["ir.websocket"].with_user(user)._build_bus_channel_list([])
                told_on = [each for each in channels if isinstance(each, tuple)]
                self.assertEqual(channel in told_on, hears, user.login)
