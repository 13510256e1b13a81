"""Machines that tell the running server their power, and the check of the sessions that it makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from fusion_cli.ledger.line import Connection, Line
from fusion_cli.problem import Problem
from fusion_cli.testing.pace import patient
from fusion_iot_core.detector import Sample, Session, SessionConfig, replay
from tests.waiting import until

RUNNING, COMPLETED = "running", "completed"
_COLUMNS = (
    "session_id, status, current_state, extract(epoch FROM start_time), extract(epoch FROM end_time),"
    " total_duration_s, standby_duration_s, working_duration_s, energy_kwh, peak_power_w, end_reason"
)


@dataclass(frozen=True)
class Row:
    """A row of `mqtt.session`; times in epoch seconds."""

    session_id: str
    status: str
    state: str
    start: float
    end: float | None
    total_s: float
    standby_s: float
    working_s: float
    energy_kwh: float
    peak_w: float
    end_reason: str

    @classmethod
    def of(cls, row: Sequence[str]) -> Row:
        """From the text that psql gives."""
        session, status, state, start, end, *numbers, reason = row
        return cls(
            session, status, state, float(start), float(end) if end else None, *map(float, numbers), reason
        )


class Talker:
    """A client that publishes at QoS 1."""

    def __init__(self, port: int, name: str) -> None:
        self._sent: list[MQTTMessageInfo] = []
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        self.client.max_inflight_messages_set(200)
        self.client.connect_async("127.0.0.1", port)
        self.client.loop_start()

    def say(self, topic: str, payload: str) -> MQTTMessageInfo:
        """Publish; returns at once."""
        info = self.client.publish(topic, payload, qos=1)
        self._sent.append(info)
        return info

    def flush(self, seconds: float = 60.0) -> None:
        """Return when the broker has acknowledged everything."""
        for info in self._sent:
            info.wait_for_publish(patient(seconds))
            assert info.is_published()
        self._sent = []

    def close(self) -> None:
        """Say goodbye."""
        self.client.disconnect()
        self.client.loop_stop()


@dataclass(eq=False)
class Machine:
    """A machine behind a Shelly relay; `said` is what it told of its power."""

    shop: Shop
    name: str
    config: SessionConfig
    id: int = 0
    iot_id: int = 0
    said: list[Sample] = field(default_factory=list)

    def says(self, *told: Sample | tuple[datetime, float] | tuple[datetime, float, float]) -> None:
        """Have the relay tell power, and the reading of its counter in Wh where there is one; returns at once."""
        for each in told:
            sample = Sample(*each)
            self.said.append(sample)
            self.repeats(sample)

    def repeats(self, *samples: Sample) -> None:
        """Have the relay tell again what it has told already."""
        for sample in samples:
            load: dict[str, object] = {"id": 0, "apower": sample.power_w}
            if sample.energy_wh is not None:
                load["aenergy"] = {"total": sample.energy_wh}
            params = {"ts": sample.at.timestamp(), "switch:0": load}
            frame = {"src": self.name, "dst": "e2e", "method": "NotifyStatus", "params": params}
            self.shop.talker.say(f"{self.name}/events/rpc", json.dumps(frame))

    def rows(self) -> list[Row]:
        """Its sessions in the database, the oldest first."""
        query = f"SELECT {_COLUMNS} FROM mqtt_session WHERE device_id = {self.iot_id} ORDER BY start_time, id"
        return [Row.of(row) for row in self.shop.line.stack.sql(query)]

    def expected(self, until: datetime | None = None) -> list[Session]:
        """The sessions of what it told, if it was watched until then."""
        return replay(self.config, self.said, until)

    def wait_for(self, status: str, state: str = "", seconds: float = 15.0) -> Row:
        """Its newest session, as soon as it is in this status, and this state."""

        def found() -> Row | None:
            with suppress(Problem):
                rows = self.rows()
                if rows and rows[-1].status == status and state in ("", rows[-1].state):
                    return rows[-1]
            return None

        try:
            return until(found, seconds, f"a session of {self.name} is {status} {state}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {_told(self.rows())}") from None

    def check(self, ended_until: datetime | None = None, seconds: float = 30.0) -> None:
        """The sessions in the database are those of what it told, once each.

        Durations and energy of a running one lag behind, by the time between two flushes of the engine.

        :param ended_until: how far time had come for it, if it is silent
        """
        wanted = self.expected(ended_until)

        def there() -> bool:
            with suppress(Problem):
                statuses = [row.status for row in self.rows()]
                return statuses == [COMPLETED if session.end_at else RUNNING for session in wanted]
            return False

        with suppress(AssertionError):
            until(there, seconds, "")
        rows = self.rows()
        assert len(rows) == len(wanted), f"{self.name}: {_told(rows)}, expected {_told(wanted)}"
        assert len({row.session_id for row in rows}) == len(rows)
        for row, session in zip(rows, wanted, strict=True):
            told = f"{self.name}: {row}, expected {session}"
            assert row.start == pytest.approx(session.start_at.timestamp(), abs=1.0), told
            assert row.status == (COMPLETED if session.end_at else RUNNING), told
            if session.end_at:
                assert row.state == "idle", told
                assert row.end == pytest.approx(session.end_at.timestamp(), abs=1.0), told
                assert row.end_reason == session.end_reason.value, told
                assert row.total_s == pytest.approx(session.total_s, abs=1e-3), told
                assert row.standby_s == pytest.approx(session.standby_s, abs=1e-3), told
                assert row.working_s == pytest.approx(session.working_s, abs=1e-3), told
                assert row.energy_kwh == pytest.approx(session.energy_wh / 1000, abs=1e-4), told
                assert row.peak_w == pytest.approx(session.peak_power_w, abs=0.1), told


class Shop:
    """Machines of one test, behind one connection."""

    def __init__(self, line: Line, **connection: object) -> None:
        self.line = line
        self.connection: Connection = line.connection(**connection)
        self.machines: list[Machine] = []
        assert line.stack.broker is not None
        self.talker = Talker(line.stack.broker.port, f"{self.connection.name}-talker")

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_error: object) -> None:
        self.talker.close()

    def machine(self, config: SessionConfig | None = None, **values: object) -> Machine:
        """A machine that the server listens to."""
        config = config or SessionConfig()
        settings = {name: value for name, value in config.to_dict().items() if value is not None}
        made = Machine(self, f"{self.connection.name}-machine-{len(self.machines)}", config)
        device = {
            "name": made.name,
            "device_id": made.name,
            "connection_id": self.connection.id,
            "topic_pattern": f"{made.name}/#",
            "parser_type": "shelly_gen2",
            "expected_interval": 60,
            "session_strategy": "power_threshold",
            **settings,
            **values,
        }
        made.id = self.line.admin.create("mqtt.device", device)
        (row,) = self.line.admin.search_read("mqtt.device", [["id", "=", made.id]], ["iot_device_id"])
        made.iot_id = row["iot_device_id"][0]
        until(lambda: self._hears(made), 10, f"the server hears {made.name}", every=0.2)
        self.machines.append(made)
        return made

    def _hears(self, machine: Machine) -> bool:
        """Whether the server has taken its word. That somebody listens is not enough: the broker keeps the sessions of
        connections of other tests, which may listen to everything."""
        self.talker.say(f"{machine.name}/online", "true")
        return self.line.stack.sql(f"SELECT presence FROM iot_device WHERE id = {machine.iot_id}") == [
            ["online"]
        ]

    def check(self, seconds: float = 30.0) -> None:
        """Compare all machines with what they told."""
        self.talker.flush()
        for machine in self.machines:
            machine.check(seconds=seconds)


def hours_ago(hours: float) -> datetime:
    """A whole second of the past."""
    return datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=hours)


def shape(start: datetime, *parts: tuple[float, float], every: float = 10.0) -> Iterable[Sample]:
    """Samples of `(seconds, W)` one after the other, with a counter that starts at 5 kWh."""
    at, counter = start, 5000.0
    for seconds, watts in parts:
        end = at + timedelta(seconds=seconds)
        while at < end:
            yield Sample(at, watts, round(counter, 3))
            step = min(timedelta(seconds=every), end - at)
            counter += watts * step.total_seconds() / 3600
            at += step


def _told(sessions: Iterable[object]) -> str:
    return "\n  ".join(["", *map(str, sessions)])
