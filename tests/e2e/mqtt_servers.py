"""Further Odoo servers on a stack's database, and what can be seen of them from outside."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from fusion_cli import ports
from fusion_cli.checks import odoo_report
from fusion_cli.checks.allowed import IN_TESTS, UNDER_FAULTS
from fusion_cli.database.cluster import OWNER
from fusion_cli.ledger.line import Connection
from fusion_cli.ledger.wire import Wire
from fusion_cli.process import alive, guarded
from fusion_cli.server import conf
from fusion_cli.server.odoo_server import OdooServer
from fusion_cli.stack import Stack
from fusion_cli.testing.pace import patient
from fusion_cli.web import Client
from tests.e2e.client import Rpc
from tests.waiting import until, within

STOPS_WITHIN_S = 8.0
OURS = "odoo.addons.fusion_"
_ENDED = """
    SELECT client_id FROM mqtt_connection c WHERE enabled IS NOT TRUE AND client_id <> '' AND NOT EXISTS (
        SELECT 1 FROM iot_runtime_worker WHERE kind = 'mqtt' AND res_id = c.id AND state <> 'stopped')
"""
DATABASE_LOST = r"The runtime (lost its|has no) connection to (the|its) database"
IN_THE_MIDDLE = (
    r"The database cannot take it now: "
    r"((cursor|connection) already closed|server closed the connection|terminating connection)"
)
"""What a worker says besides, if it was just asking the database something when that went away."""
TAKEN_OVER = r"another process has taken over|Another process has taken over"
TAKES_OVER = r"gave no sign of life; its lease is taken over"
NO_BROKER = r"Nothing accepts connections at|The connection to .* broke|No answer from"
_EXPLAINED = IN_TESTS + tuple(entry for entry in UNDER_FAULTS if "fusion_iot" not in entry.logger)


def stays(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Fail, naming ``what``, when a condition does not hold all the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"{what}: not for {seconds:g} s"
        time.sleep(0.1)


def tell(text: str) -> None:
    """A figure for who looks (``pytest -rP``)."""
    sys.stdout.write(f"\n{text}\n")


class Server(OdooServer):
    """An Odoo server of a test, with a port, a configuration and a log of its own.

    ``workers`` 0: threaded. ``env`` is added to its environment. ``jobs``: it runs scheduled actions.
    """

    def __init__(
        self,
        stack: Stack,
        name: str,
        *,
        workers: int = 0,
        databases: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
        port: int = 0,
        jobs: bool = False,
    ) -> None:
        self.stack, self.name, self.workers = stack, name, workers
        self.databases = databases or (stack.database,)
        http, gevent = ports.free(2)
        http = port or http
        config = stack.state / f"odoo-{name}.conf"
        options = conf.options(
            addons_path=stack.addons_path,
            socket=stack.pg_socket,
            role=OWNER,
            data=stack.state / "data",
            database=",".join(self.databases),
            demo=True,
            http_port=http,
            gevent_port=gevent,
            workers=workers,
            logfile=None,
            addons=[addon.name for addon in stack.addons],
        )
        # A process for jobs may take a minute to notice that it is to stop, and takes the master along when it dies.
        conf.write(config, options | {"max_cron_threads": int(jobs)})
        log = stack.log / f"odoo-{name}.log"
        super().__init__(
            stack.odoo, config, f"http://127.0.0.1:{http}", log, stack.state / f"odoo-{name}.pid"
        )
        self._env = dict(env or {})
        self._seen = log.stat().st_size if log.exists() else 0

    @property
    def pid(self) -> int:
        """Of the server, or of the master where there are several processes."""
        assert self.child is not None, f"{self.name} does not run"
        return self.child.pid

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        self._spawn(guarded(self.odoo.command("-c", self.config)), self.config.parent, self._env)
        self.pidfile.write_text(f"{self.pid}\n", encoding="utf-8")

    def start(self) -> Server:
        """Start it; returns when it answers."""
        self.spawn()
        if len(self.databases) == 1:
            self.wait_until_ready()
        else:
            until(lambda: Client(self.url).answers("/web/health"), 60, f"{self.name} answers")
        return self

    def rpc(self) -> Rpc:
        """The administrator's RPC on this server."""
        return Rpc(self.url, self.stack.database, self.stack.login, self.stack.password)

    def processes(self) -> list[int]:
        """All its processes, whoever started them: they share a session."""
        return [pid for pid in psutil.pids() if _session(pid) == self.pid and alive(pid)]

    def quit(self, with_signal: int = signal.SIGTERM) -> float:
        """Stop it in good order and see that nothing of it is left: the seconds that it took."""
        assert self.child is not None
        pid, members = self.pid, self.processes()
        with within(STOPS_WITHIN_S, f"{self.name} stops") as taken:
            self.child.send_signal(with_signal)
            try:
                self.child.wait(patient(STOPS_WITHIN_S))
            except subprocess.TimeoutExpired:
                self._dump()
                raise AssertionError(f"{self.name} does not stop: {self.tail()}") from None
            seconds = taken()
        left = [member for member in psutil.pids() if _session(member) == pid and alive(member)]
        assert not left, f"processes of {self.name} are left: {left}"
        self.child = None
        self.pidfile.unlink(missing_ok=True)
        assert not [pid for pid in members if alive(pid)]
        return seconds

    @property
    def runtime(self) -> int:
        """The process of a prefork server that runs the runtime."""
        started = re.findall(r"Worker WorkerIot \((\d+)\) alive", self.text())
        (found,) = [pid for pid in map(int, started) if alive(pid)]
        return found

    def threads(self, pid: int | None = None) -> list[str]:
        """Names of the threads of a process, as Odoo tells them on SIGQUIT."""
        start = self.log.stat().st_size
        os.kill(pid or self.pid, signal.SIGQUIT)
        until(lambda: "# Thread: " in self._text(start), 10, "a dump of the threads")
        time.sleep(patient(0.1))
        return re.findall(r"# Thread: <\w+\(([^,]+),", self._text(start))

    def text(self) -> str:
        """What it has logged since this object was made."""
        return self._text(self._seen)

    def problems(self, expected: Sequence[str] = ()) -> list[str]:
        """Errors and warnings of ours that neither a played fault nor a pattern of ``expected`` explains."""
        return [
            text
            for record in odoo_report.problems(self.text().splitlines(), _EXPLAINED)
            if record.level != "WARNING" or record.logger.startswith(OURS)
            for text in [record.text(15)]
            if not any(re.search(pattern, text) for pattern in expected)
        ]

    def tail(self) -> str:
        """The end of its log."""
        return "\n".join(self.text().splitlines()[-60:])

    def _text(self, start: int) -> str:
        with self.log.open("rb") as file:
            file.seek(start)
            return file.read().decode("utf-8", "replace")

    def _dump(self) -> None:
        with suppress(OSError):
            os.kill(self.pid, signal.SIGQUIT)
            time.sleep(0.3)


class Servers:
    """The servers of a test; what is still there at its end is ended, also what is frozen."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.made: list[Server] = []
        self._expected: list[str] = []

    def __call__(self, name: str, **options: Any) -> Server:
        """A server that runs."""
        server = Server(self.stack, name, **options)
        self.made.append(server)
        return server.start()

    def expect(self, *patterns: str) -> None:
        """Records (patterns) that belong to what this test plays."""
        self._expected += patterns

    def close(self) -> None:
        """End all of them."""
        for server in self.made:
            if server.child is not None:
                for pid in server.processes():
                    with suppress(OSError):
                        os.kill(pid, signal.SIGCONT)
                server.stop()

    def problems(self) -> list[str]:
        """What they logged that no played fault explains."""
        return [f"{server.name}: {text}" for server in self.made for text in server.problems(self._expected)]


@contextmanager
def bystanding(stack: Stack, *, jobs: bool = False) -> Iterator[Server]:
    """In the place of the stack's server one that answers RPC and leaves the runtime to others."""
    stack.stop_odoo()
    own, port = stack.server, int(stack.url.rpartition(":")[2])
    server = stack.server = Server(
        stack, "bystander", env={"FUSION_IOT_RUNTIME": "off"}, port=port, jobs=jobs
    )
    try:
        yield server.start()
    finally:
        server.stop()
        stack.server = own
        stack.start_odoo()
    assert not server.problems(), server.problems()


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process that stands still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def clients(port: int) -> dict[int, int]:
    """How many connections to a local port each process has."""
    found: dict[int, int] = {}
    for item in psutil.net_connections("tcp"):
        if item.raddr and item.raddr.port == port and item.status == psutil.CONN_ESTABLISHED and item.pid:
            found[item.pid] = found.get(item.pid, 0) + 1
    return found


def backends(stack: Stack, *pids: int) -> list[list[str]]:
    """Database connections of processes: backend, application name and state."""
    names = ",".join(f"'odoo-{pid}', 'fusion_iot {pid}'" for pid in pids)
    return stack.cluster.sql(
        "postgres",
        f"SELECT pid, application_name, state FROM pg_stat_activity WHERE application_name IN ({names})",
        role="postgres",
    )


class BrokerLog:
    """What the broker says of its clients from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = path.stat().st_size

    def text(self) -> str:
        """All of it."""
        with self._path.open("rb") as file:
            file.seek(self._start)
            return file.read().decode("utf-8", "replace")

    def arrivals(self, client_id: str) -> int:
        """How often a client connected."""
        return len(re.findall(rf"New client connected from \S+ as {re.escape(client_id)} ", self.text()))

    def goodbyes(self, client_id: str) -> int:
        """How often it said goodbye before it went."""
        return len(re.findall(rf"Client {re.escape(client_id)} disconnected\.", self.text()))


class SilentListener:
    """A port that takes connections and never says a word; counts who comes.

    With ``full`` it does not even take them: a connection attempt gets no answer at all, as behind a firewall.
    """

    def __init__(self, full: bool = False) -> None:
        self.taken: list[socket.socket] = []
        self._stack = ExitStack()
        self._listener = self._stack.enter_context(socket.socket())
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0 if full else 64)
        self.port = self._listener.getsockname()[1]
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        if full:
            self._fill()
        else:
            self._listener.settimeout(0.1)
            self._thread.start()

    @property
    def visits(self) -> int:
        """How many connections came."""
        return len(self.taken)

    def close(self) -> None:
        """Close everything."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(patient(5))
        for taken in self.taken:
            taken.close()
        self._stack.close()

    def _fill(self) -> None:
        for _ in range(4):
            filler = self._stack.enter_context(socket.socket())
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(("127.0.0.1", self.port))

    def _accept(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                self.taken.append(self._listener.accept()[0])


def forget_sessions(stack: Stack, statement: str = _ENDED, *, database: str = "") -> None:
    """Have the broker forget what connections listened to that nobody runs any more: those that were stopped.

    One that discovers devices listens to all topics: there would be somebody for every message of a later test,
    whether or not its own connection listens yet, and the message would be waited for in vain.

    :param statement: the client ids of others
    """
    assert stack.broker is not None
    for (client_id,) in stack.cluster.sql(database or stack.database, statement):
        Wire(stack.broker.port, client_id).close()


def process_of(connection: Connection) -> int:
    """The process that has a connection and is connected; 0 where there is none."""
    worker = connection.worker()
    return (
        int(worker.owner.rpartition(":")[2]) if worker and worker.state == "connected" and worker.owner else 0
    )


def connected(connection: Connection, seconds: float = 15.0, other_than: int = 0) -> int:
    """Wait until a connection is up, in another process than one: the process that has it."""

    def found() -> int:
        pid = process_of(connection)
        return pid if pid != other_than else 0

    return until(found, seconds, f"{connection.name} is up in another process than {other_than}")
