"""A line of probes that speak MQTT to the running server, and the check of what became of their messages."""

from __future__ import annotations

import itertools
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from fusion_cli.problem import Problem
from fusion_cli.stack import Stack
from tests.e2e.client import Rpc
from tests.e2e.mqtt_holds import expected_hold
from tests.e2e.mqtt_ledger import Entry, Ledger, Publisher, some_days_ago
from tests.e2e.mqtt_probe import HIGH, LOW, MAKES, Probe
from tests.waiting import until

_SESSION = secrets.token_hex(3)
_numbers = itertools.count(1)
_READINGS = """
    SELECT sensor_id, value, (extract(epoch FROM read_at) * 1000000)::bigint, in_spec, quality, source
      FROM fp_tank_reading WHERE sensor_id IN ({ids}) ORDER BY sensor_id, read_at, id
"""
_HOLDS = """
    SELECT sensor_id, excursion_count, worst_value, extract(epoch FROM date_start)::bigint,
           extract(epoch FROM date_back_in_spec)::bigint, state
      FROM fusion_plating_quality_hold WHERE sensor_id IN ({ids}) ORDER BY id
"""


@dataclass(frozen=True)
class Worker:
    """A row of `iot.runtime.worker` as it stands in the database."""

    state: str
    owner: str
    epoch: int
    queue_depth: int
    message_count: int
    error_count: int
    last_error: str
    connected_since: str


class Connection:
    """An `mqtt.connection` of a test."""

    def __init__(self, line: Line, name: str, record_id: int) -> None:
        self.line, self.name, self.id = line, name, record_id

    def worker(self) -> Worker | None:
        """How its worker is; None where there is none, or no database."""
        with suppress(Problem):
            rows = self.line.stack.sql(
                "SELECT state, owner, epoch, queue_depth, message_count, error_count, last_error, connected_since"
                f" FROM iot_runtime_worker WHERE kind = 'mqtt' AND res_id = {self.id}"
            )
            for state, owner, *counts, error, since in rows:
                epoch, depth, messages, errors = (int(count or 0) for count in counts)
                return Worker(state, owner, epoch, depth, messages, errors, error, since)
        return None

    def wait_for(self, state: str = "connected", seconds: float = 15.0) -> Worker:
        """Its worker, as soon as it is in this state."""

        def found() -> Worker | None:
            worker = self.worker()
            return worker if worker and worker.state == state else None

        return until(found, seconds, f"{self.name} is {state}; it is {self.worker()}")

    def start(self) -> None:
        """Press Start."""
        self.line.admin.call("mqtt.connection", "action_start", [self.id])

    def stop(self) -> None:
        """Press Stop."""
        self.line.admin.call("mqtt.connection", "action_stop", [self.id])

    def write(self, **values: object) -> None:
        """Edit it."""
        self.line.admin.call("mqtt.connection", "write", [self.id], values)


class Line:
    """Connections, probes and publishers of one test, and one ledger of all that is published.

    `stack` needs `sql()` and `broker.port`; `admin` may be the RPC of any server on its database.
    """

    def __init__(self, stack: Stack, admin: Rpc) -> None:
        self.stack, self.admin = stack, admin
        self.ledger = Ledger()
        self.connections: list[Connection] = []
        self.probes: list[Probe] = []
        self._publishers: list[Publisher] = []
        self._tank: dict[str, int] = {}

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_error: object) -> None:
        for publisher in self._publishers:
            publisher.close()
        self.restore()
        for connection in self.connections:
            connection.stop()

    def restore(self) -> None:
        """Have everything run again that a test which failed halfway left stopped."""
        stack = self.stack
        assert stack.broker is not None
        if not stack.cluster.running:
            stack.start_postgres()
        if not stack.broker.running:
            stack.start_broker()
        if stack.server is not None and not stack.server.running:
            stack.start_odoo()

    def connection(self, *, start: bool = True, **values: object) -> Connection:
        """A connection to the stack's broker, unless `values` say otherwise; started and connected."""
        assert self.stack.broker is not None
        name = f"e2e-{_SESSION}-{next(_numbers):04d}"
        defaults = {
            "name": name,
            "host": self.stack.broker.host,
            "port": self.stack.broker.port,
            "client_id": name,
            "session_expiry": 3600,
            "discovery": False,
        }
        made = Connection(self, name, self.admin.create("mqtt.connection", {**defaults, **values}))
        self.connections.append(made)
        if start:
            made.start()
            made.wait_for("connected")
        return made

    def probe(self, connection: Connection, make: str = "shelly", **device: object) -> Probe:
        """A device behind a connection, with a probe whose tank is specified from 70 to 90 °C."""
        kind = MAKES[make]
        number = next(_numbers)
        name = f"e2e-{_SESSION}-{kind.name}-{number}"
        rom = f"28-{_SESSION}{number:06d}"
        probe = Probe(kind, name, rom, some_days_ago())
        values = {
            "name": name,
            "device_id": name,
            "connection_id": connection.id,
            "topic_pattern": kind.pattern.format(device=name),
            "parser_type": kind.parser,
            "timezone": "UTC" if kind.own_time else False,
            **device,
        }
        probe.device_id = self.admin.create("mqtt.device", values)
        (row,) = self.admin.search_read("mqtt.device", [["id", "=", probe.device_id]], ["iot_device_id"])
        found_by: dict[str, object] = {
            "iot_device_id": row["iot_device_id"][0],
            "device_channel": kind.channel,
        }
        if kind.by_serial:
            found_by = {"device_serial": rom}
        sensor = {"name": name, "device_kind": "other", **found_by, **self._place()}
        probe.sensor_id = self.admin.create("fp.tank.sensor", sensor)
        self.probes.append(probe)
        return probe

    def publisher(self, port: int = 0) -> Publisher:
        """A publisher with an entry in the ledger for all it does, at the stack's broker or at another port."""
        assert self.stack.broker is not None
        name = f"publisher-{_SESSION}-{next(_numbers)}"
        made = Publisher(port or self.stack.broker.port, self.ledger, name)
        self._publishers.append(made)
        return made

    def listening(self, publisher: Publisher, probes: Iterable[Probe], seconds: float = 10.0) -> None:
        """Return when what these probes publish arrives: the runtime knows their devices and listens to them."""
        probes = list(probes)
        for probe in probes:
            self.heard(publisher, probe, True, seconds)
        self.wait_until_stored(seconds, probes)

    def heard(
        self, publisher: Publisher, probe: Probe, wanted: bool, seconds: float, topic: str = ""
    ) -> Entry:
        """Publish a reading again and again until somebody listens to its topic, or until nobody does.

        Those that nobody listens to are expected to be no readings; where listening is about to end, the last ones
        that are heard may be either. `topic` is another one than the probe's usual.
        """

        def once() -> Entry | None:
            entry = self.ledger.note(probe, out=False)
            entry.topic = topic or entry.topic
            publisher.submit(entry)
            publisher.flush()
            entry.expected = False if entry.unheard else wanted or None
            return entry if entry.unheard != wanted else None

        what = f"somebody listens to {probe.device}" if wanted else f"nobody listens to {probe.device}"
        return until(once, seconds, what, every=0.1)

    def stored(self, probes: Iterable[Probe] | None = None) -> int:
        """How many readings there are of these probes; -1 while there is no database."""
        try:
            return int(
                self.stack.sql(
                    f"SELECT count(*) FROM fp_tank_reading WHERE sensor_id IN ({self._ids(probes)})"
                )[0][0]
            )
        except Problem:
            return -1

    def wait_until_stored(self, seconds: float = 60.0, probes: Iterable[Probe] | None = None) -> None:
        """Return when the last acknowledged message of each probe is stored: those before it had their turn.

        Whether they are there, and once, :meth:`check` says; it does so here, too, when the time is up.
        """
        for publisher in self._publishers:
            publisher.flush(seconds)
        last = {
            entry.probe.sensor_id: entry.value
            for entry in self.ledger.entries
            if entry.acknowledged and entry.expected and (probes is None or entry.probe in probes)
        }
        pairs = ", ".join(f"({sensor}, {value!r}::float8)" for sensor, value in last.items())
        found = f"SELECT count(DISTINCT sensor_id) FROM fp_tank_reading WHERE (sensor_id, value) IN ({pairs})"

        def there() -> bool:
            with suppress(Problem):
                return self.stack.sql(found) == [[str(len(last))]]
            return False

        try:
            until(there, seconds, "the last messages are stored", every=0.1)
        except AssertionError:
            self.check()
            raise

    def check(self) -> None:
        """Compare the database with the ledger and the holds with the reference model."""
        rows: dict[int, list[tuple[float, datetime]]] = defaultdict(list)
        for sensor, value, at, in_spec, quality, source in self.stack.sql(_READINGS.format(ids=self._ids())):
            reading = (
                float(value),
                datetime.fromtimestamp(0, timezone.utc) + timedelta(microseconds=int(at)),
            )
            rows[int(sensor)].append(reading)
            assert (in_spec == "t", quality, source) == (LOW <= reading[0] <= HIGH, "good", "mqtt"), reading
        holds = defaultdict(list)
        for sensor, *hold in self.stack.sql(_HOLDS.format(ids=self._ids())):
            holds[int(sensor)].append(hold)
        for probe in self.probes:
            self._check_readings(probe, rows[probe.sensor_id])
            self._check_hold(probe, rows[probe.sensor_id], holds[probe.sensor_id])

    def settle(self, seconds: float = 60.0) -> None:
        """The end of a test: everything was delivered, and the check says that it is right.

        Each probe publishes once more: what the broker delivers again comes before that.
        """
        for probe, entry in {entry.probe: entry for entry in self.ledger.entries}.items():
            last = self.ledger.note(probe, out=False)
            last.topic = entry.topic
            self._publishers[0].submit(last)
        self.wait_until_stored(seconds)
        self.check()

    def presence(self, probe: Probe) -> str:
        """What the device's record says of its being there."""
        rows = self.stack.sql(
            "SELECT presence FROM iot_device JOIN mqtt_device ON iot_device_id = iot_device.id"
            f" WHERE mqtt_device.id = {probe.device_id}"
        )
        return rows[0][0]

    def _check_readings(self, probe: Probe, rows: list[tuple[float, datetime]]) -> None:
        entries = {entry.value: entry for entry in self.ledger.of(probe)}
        assert len(entries) == probe.count
        stored = Counter(value for value, _at in rows)
        name = f"{probe.make.name}, sensor {probe.sensor_id}"
        lost = [entry for entry in entries.values() if entry.acknowledged and entry.expected]
        lost = [entry for entry in lost if entry.value not in stored]
        assert not lost, f"{name}: {len(lost)} of {len(entries)} are lost: {_shown(lost)}"
        doubled = [entries[value] for value, count in stored.items() if count > _allowed(entries[value])]
        assert not doubled, f"{name}: {len(doubled)} of {len(entries)} are stored twice: {_shown(doubled)}"
        assert not stored.keys() - entries.keys(), (
            f"{name}: nobody published {stored.keys() - entries.keys()}"
        )
        unexpected = [entries[value] for value in stored if entries[value].expected is False]
        assert not unexpected, f"{name}: no readings, but stored: {_shown(unexpected)}"
        if probe.make.own_time:
            wrong = [entries[value] for value, at in rows if entries[value].at != at]
            assert not wrong, f"{name}: stored with another time: {_shown(wrong)}"
        elif all(entry.sent <= 1 for entry in entries.values()):
            numbers = [entries[value].number for value, _at in rows]
            assert numbers == sorted(numbers), f"{name}: stored in another order: {numbers}"

    def _check_hold(self, probe: Probe, rows: list[tuple[float, datetime]], holds: list[list[str]]) -> None:
        model = expected_hold((at, value) for value, at in rows)
        assert len(holds) == (model is not None), f"{probe.make.name}: {len(holds)} holds, expected {model}"
        if model is None:
            return
        excursions, worst, since, back_at, state = holds[0]
        told = f"{probe.make.name}, sensor {probe.sensor_id}: {holds[0]}, expected {model}"
        assert (int(excursions), float(worst), state) == (model.excursions, model.worst, "open"), told
        assert abs(int(since) - model.since.timestamp()) < 2, told
        assert bool(back_at) == bool(model.back_at), told
        if model.back_at:
            assert abs(int(back_at) - model.back_at.timestamp()) < 2, told

    def _ids(self, probes: Iterable[Probe] | None = None) -> str:
        chosen = self.probes if probes is None else probes
        return ",".join(str(probe.sensor_id) for probe in chosen) or "NULL"

    def _place(self) -> dict[str, int]:
        if not self._tank:
            tank = self.admin.create("fusion.plating.tank", {"name": "MQTT line"})
            bath = self.admin.create("fusion.plating.bath", {"tank_id": tank})
            limits = {"bath_id": bath, "target_min": LOW, "target_max": HIGH}
            parameter = self.admin.create("fusion.plating.bath.parameter", limits)
            self._tank = {"tank_id": tank, "parameter_id": parameter}
        return self._tank


def _allowed(entry: Entry) -> int:
    """How often a message may be stored: what has no time of its own cannot be told from a second measurement.

    The publisher sent such a one again where it had no acknowledgement.
    """
    return 1 if entry.at else max(1, entry.sent)


def _shown(entries: list[Entry]) -> str:
    return ", ".join(
        f"no. {entry.number} (sent {entry.sent} times{', unheard' if entry.unheard else ''})"
        for entry in entries[:8]
    )
