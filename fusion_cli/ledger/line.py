"""A line of probes that speak MQTT to the running server, and the check of what became of their messages."""

from __future__ import annotations

import itertools
import secrets
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from ..problem import Problem
from ..stack import Stack
from ..testing.waiting import until
from . import audit
from .entry import Entry, Ledger, some_days_ago
from .poster import Poster
from .probe import HIGH, HTTP, LOW, MAKES, Probe
from .publisher import Publisher
from .sender import Sender

_SESSION = secrets.token_hex(3)
_numbers = itertools.count(1)


class Admin(Protocol):
    """The RPC of an administrator."""

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """The result of a method of a model."""


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

    `stack` needs `sql()` and `broker.port`, and `url` and `token` for HTTP; `admin` may be the RPC of any server on its
    database.
    """

    def __init__(self, stack: Stack, admin: Admin) -> None:
        self.stack, self.admin = stack, admin
        self.ledger = Ledger()
        self.connections: list[Connection] = []
        self.probes: list[Probe] = []
        self._publishers: list[Publisher] = []
        self._posters: list[Poster] = []
        self._decided: list[int] = []
        self._tank: dict[str, int] = {}

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_error: object) -> None:
        for sender in self._senders:
            sender.close()
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
        made = Connection(self, name, self._create("mqtt.connection", {**defaults, **values}))
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
        probe.device_id = self._create("mqtt.device", values)
        (row,) = self.admin.call("mqtt.device", "read", [probe.device_id], ["iot_device_id"])
        found_by: dict[str, object] = {
            "iot_device_id": row["iot_device_id"][0],
            "device_channel": kind.channel,
        }
        if kind.by_serial:
            found_by = {"device_serial": rom}
        return self._watched(probe, found_by)

    def http_probe(self) -> Probe:
        """A probe of such a tank whose gateway posts its readings."""
        number = next(_numbers)
        probe = Probe(HTTP, f"e2e-{_SESSION}-http-{number}", f"28-{_SESSION}{number:06d}", some_days_ago())
        return self._watched(probe, {"device_serial": probe.serial})

    def publisher(self, port: int = 0, *, memory: bool = True) -> Publisher:
        """A publisher with an entry in the ledger for all it does, at the stack's broker or at another port."""
        assert self.stack.broker is not None
        name = f"publisher-{_SESSION}-{next(_numbers)}"
        made = Publisher(port or self.stack.broker.port, self.ledger, name, memory=memory)
        self._publishers.append(made)
        return made

    def poster(self) -> Poster:
        """The same for HTTP."""
        made = Poster(self.stack.url, self.stack.token, self.ledger, f"poster-{_SESSION}-{next(_numbers)}")
        self._posters.append(made)
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

    def stored_values(self) -> Counter[tuple[int, float]]:
        """How often each value of each sensor is stored; all that is published differs."""
        rows = self.stack.sql(
            f"SELECT sensor_id, value FROM fp_tank_reading WHERE sensor_id IN ({self._ids()})"
        )
        return Counter((int(sensor), float(value)) for sensor, value in rows)

    def wait_until_stored(self, seconds: float = 60.0, probes: Iterable[Probe] | None = None) -> None:
        """Return when the last acknowledged message of each probe is stored: those before it had their turn.

        Whether they are there, and once, :meth:`check` says; it does so here, too, when the time is up.
        """
        for sender in self._senders:
            sender.flush(seconds)
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
        audit.check(self.stack, self.ledger, self.probes, self._decided)
        refused = [refusal for poster in self._posters for refusal in poster.refused]
        assert not refused, f"{len(refused)} readings are refused over HTTP, for example {refused[0]}"

    def settle(self, seconds: float = 60.0) -> None:
        """The end of a test: everything was delivered, and the check says that it is right.

        Each probe publishes once more: what the broker delivers again comes before that.
        """
        for sender in self._senders:
            sender.flush(seconds)
        for probe, entry in {entry.probe: entry for entry in self.ledger.entries}.items():
            last = self.ledger.note(probe, out=False)
            last.topic = entry.topic
            sender = self._posters[0] if probe.make is HTTP else self._publishers[0]
            sender.submit(last)
        self.wait_until_stored(seconds)
        self.check()

    def decide(self) -> int:
        """Release all open holds, as quality does, after everything was settled; how many there were."""
        found = self.stack.sql(
            "SELECT id FROM fusion_plating_quality_hold WHERE state NOT IN ('released', 'rejected')"
            f" AND sensor_id IN ({self._ids()})"
        )
        if found:
            decision = {
                "hold_ids": [(6, 0, [int(number) for (number,) in found])],
                "decision": "released",
                "disposition": "use_as_is",
                "reason": "The end of a round",
            }
            made = self.admin.call("fusion.plating.hold.decision", "create", [decision])
            self.admin.call("fusion.plating.hold.decision", "action_confirm", made)
        newest = self.stack.sql(f"SELECT max(id) FROM fp_tank_reading WHERE sensor_id IN ({self._ids()})")
        self._decided.append(int(newest[0][0]))
        return len(found)

    def presence(self, probe: Probe) -> str:
        """What the device's record says of its being there."""
        rows = self.stack.sql(
            "SELECT presence FROM iot_device JOIN mqtt_device ON iot_device_id = iot_device.id"
            f" WHERE mqtt_device.id = {probe.device_id}"
        )
        return rows[0][0]

    @property
    def _senders(self) -> list[Sender]:
        return [*self._publishers, *self._posters]

    def _create(self, model: str, values: dict[str, Any]) -> int:
        (made,) = self.admin.call(model, "create", [values])
        return int(made)

    def _watched(self, probe: Probe, found_by: dict[str, object]) -> Probe:
        """Give a probe its tank sensor."""
        sensor = {"name": probe.device, "device_kind": "other", **found_by, **self._place()}
        probe.sensor_id = self._create("fp.tank.sensor", sensor)
        self.probes.append(probe)
        return probe

    def _ids(self, probes: Iterable[Probe] | None = None) -> str:
        chosen = self.probes if probes is None else probes
        return ",".join(str(probe.sensor_id) for probe in chosen) or "NULL"

    def _place(self) -> dict[str, int]:
        if not self._tank:
            tank = self._create("fusion.plating.tank", {"name": "MQTT line"})
            bath = self._create("fusion.plating.bath", {"tank_id": tank})
            limits = {"bath_id": bath, "target_min": LOW, "target_max": HIGH}
            parameter = self._create("fusion.plating.bath.parameter", limits)
            self._tank = {"tank_id": tank, "parameter_id": parameter}
        return self._tank
