"""A whole private installation: PostgreSQL cluster, MQTT broker, database with the suite, Odoo server.

`./fusion run` has one in `.fusion`; tests and the benchmark have their own below it and use this class
directly. All its processes are children of the process that starts it and end with it, however it ends.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from . import addons, dotenv, ports
from .broker.broker import Broker
from .broker.users import ODOO, Users
from .database.cluster import OWNER, Cluster
from .database.provision import Provision
from .database.templates import Templates
from .lock import StateLock
from .problem import Problem
from .project import Project
from .report import Reporter
from .server import (
    base_url,
    conf,
    demo_connection,
    demo_logins,
    first_password,
    ingest_token,
    network,
    vendor_calls,
)
from .server.front_door import FrontDoor
from .server.odoo_server import OdooServer
from .tools import odoo_source
from .tools.odoo_source import Odoo
from .web import Refused, warm


class Stack:
    """One installation below the folder `state`.

    `start()` brings everything up and `stop()` takes it down; as a context manager it does both. Between them
    `restart_postgres()`, `restart_broker()`, `kill_odoo()` and `start_odoo()` play faults. `database` is made with
    today's addons (with demo data and login admin/admin, or without and with a random password); `fresh` replaces
    it by a new one with demo data at every start, from a prepared copy. `broker` is false for a stack without
    MQTT; `connect` lets the connection of the demo data use the broker, as a user of its own where `mqtt_auth`
    makes the broker let nobody else in. `address` is where the web server listens;
    PostgreSQL and the broker are for this machine only. With `durable`, what is committed survives a power cut;
    without, which is quicker, whatever happens to processes. Methods raise `Problem`.
    """

    def __init__(
        self,
        project: Project | None = None,
        state: Path | None = None,
        *,
        database: str = "fusion",
        demo: bool = True,
        fresh: bool = False,
        broker: bool = True,
        connect: bool = False,
        mqtt_auth: bool = False,
        durable: bool = True,
        workers: int = 0,
        port: int = 0,
        address: str = network.LOOPBACK,
        label: str = "run",
        report: Reporter | None = None,
    ) -> None:
        self.project = project or Project.here()
        self.state = state or self.project.state
        self.database = database
        self.demo = demo or fresh
        self.fresh = fresh
        self.workers = workers
        self.wanted_port = port
        self.address = address
        self.report = report or Reporter(quiet=True)
        self.login = "admin"
        self.password = "admin"  # noqa: S105 - of the demo data, on the loopback interface
        self.token = ""
        self.url = ""
        self.network_urls: list[str] = []
        self.demo_logins: list[str] = []
        self.addons = addons.discover(self.project.root)
        self.addons_path = [self.project.root]
        self.cluster = Cluster(self.state, self.report, durable=durable)
        self.mqtt_users = Users(self.state) if broker and mqtt_auth else None
        first = self.mqtt_users.listener if self.mqtt_users else None
        self.broker = Broker(self.project, self.state, self.report, first=first) if broker else None
        self.connect = connect
        self.connected = False
        self.log = self.state / "log"
        self.data = self.state / "data"
        self.odoo_log = self.log / "odoo.log"
        self.odoo_pidfile = self.state / "odoo.pid"
        self.env_file = self.state / "env"
        self.server: OdooServer | None = None
        self.front_door: FrontDoor | None = None
        self._lock = StateLock(self.state, label)
        self.held = False
        self._inner_ports = (0, 0)
        self._odoo: Odoo | None = None

    def __enter__(self) -> Stack:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def odoo(self) -> Odoo:
        """The Odoo it runs; fetched from Debian at the first use where the machine has none."""
        if self._odoo is None:
            self._odoo = odoo_source.get(self.project, self.report)
        return self._odoo

    @property
    def odoo_python(self) -> Path:
        """Interpreter that can import Odoo, psycopg2 and the rest of Odoo's dependencies."""
        return self.odoo.python

    @property
    def pg_socket(self) -> Path:
        """Folder of PostgreSQL's socket (a `host` for psql and psycopg2; user `odoo`, no password)."""
        return self.cluster.socket

    @property
    def provision(self) -> Provision:
        """What makes, copies and drops databases here."""
        made = Provision(self.project.root, self.state, self.cluster, self.odoo, self.addons, self.report)
        made.addons_path = self.addons_path
        return made

    def env(self) -> dict[str, str]:
        """The variables that tell other programs how to reach it (`.fusion/env`)."""
        found = {
            "FUSION_URL": self.url,
            "FUSION_DB": self.database,
            "FUSION_LOGIN": self.login,
            "FUSION_PASSWORD": self.password,
            "FUSION_INGEST_TOKEN": self.token,
        }
        if self.broker:
            found["FUSION_MQTT_HOST"] = self.broker.host
            found["FUSION_MQTT_PORT"] = str(self.broker.port)
            found["FUSION_MOSQUITTO_BIN"] = str(self.broker.programs)
        if self.mqtt_users:
            found["FUSION_MQTT_USERS"] = str(self.mqtt_users.file)
        return found

    def fault_env(self) -> dict[str, str]:
        """What fault tests need besides: where the database, the state and the processes are."""
        found = {
            "FUSION_PG_SOCKET": str(self.pg_socket),
            "FUSION_ODOO_PYTHON": str(self.odoo_python),
            "FUSION_STATE_DIR": str(self.state),
            "FUSION_ODOO_PIDFILE": str(self.odoo_pidfile),
        }
        if self.broker:
            found["FUSION_MOSQUITTO_PIDFILE"] = str(self.broker.pidfile)
        return found

    def sql(self, statement: str, *, role: str = OWNER) -> list[list[str]]:
        """Rows of an SQL statement on the database, as text."""
        return self.cluster.sql(self.database, statement, role=role)

    def open(self) -> None:
        """Take the state folder, fetch the tools and start PostgreSQL; no database is touched yet."""
        self.project.make_state()
        self.log.mkdir(parents=True, exist_ok=True)
        if not self.held:
            self._lock.__enter__()
            self.held = True
        if not self.cluster.running:
            _ = self.odoo, self.cluster.programs
            with self.report.step("Starting PostgreSQL"):
                self.cluster.start()

    def start(self) -> None:
        """Bring everything up; returns when the server answers for its database."""
        self.open()
        if self.broker:
            _ = self.broker.programs
            with self.report.step("Starting the MQTT broker"):
                if self.mqtt_users:
                    self.broker.write_passwords(self.mqtt_users.hashes, self.mqtt_users.passwords())
                self.start_broker()
        if self.fresh:
            Templates(self.provision).fresh(self.database)
        else:
            created = self.provision.ensure(self.database, demo=self.demo)
            if not self.demo:
                self.password = first_password.ensure(self, created)
        self._choose_ports()
        if any(addon.name == ingest_token.ADDON for addon in self.addons):
            self.token = ingest_token.ensure(self.cluster, self.database, self.odoo_python, self.data)
        base_url.follow(
            self.cluster,
            self.database,
            self.network_urls[0] if self.network_urls else self.url,
            keep=bool(self.network_urls),
        )
        vendor_calls.switch_off(self.cluster, self.database)
        self.demo_logins = demo_logins.of(self.cluster, self.database) if self.demo else []
        if self.connect:
            port = self.broker.port if self.broker else 0
            self.connected = demo_connection.follow(
                self.cluster, self.database, port, start=self.mqtt_users is None
            )
        with self.report.step("Starting Odoo"):
            self.start_odoo()
        if self.front_door:
            self.front_door.start()
        self.write_env()
        if self.connected and self.mqtt_users:
            demo_connection.log_in(self, ODOO, self.mqtt_users.passwords()[ODOO])
        self._warm()

    def write_env(self) -> None:
        """Write `env()` and nothing else to the private file `.fusion/env`."""
        dotenv.write(self.env_file, self.env())

    def stop(self) -> None:
        """Stop Odoo, then the broker and PostgreSQL, and remove the env file. May be called at any time."""
        if self.held:
            self.env_file.unlink(missing_ok=True)
        if self.front_door:
            self.front_door.stop()
        self.stop_odoo()
        self.stop_broker()
        self.cluster.stop()
        if self.held:
            self.held = False
            self._lock.__exit__(None, None, None)

    def install(self, folder: Path, name: str) -> None:
        """Install a further addon from another folder (a test's or the benchmark's); restarts the server."""
        self.stop_odoo()
        self.addons_path = [*self.addons_path, folder]
        self.provision.load(self.database, f"Installing {name}", demo=self.demo, install=[name])
        self._write_conf()
        self.start_odoo()

    def start_odoo(self) -> None:
        """Start the server on the same port as before and wait until it answers."""
        if self.server is None:
            raise Problem("The stack was not started.")
        self.server.spawn()
        self.server.wait_until_ready()

    def stop_odoo(self) -> None:
        """Stop the server in an orderly way."""
        if self.server:
            self.server.stop()

    def kill_odoo(self) -> None:
        """End the server and its workers with SIGKILL, as a power cut would."""
        if self.server:
            self.server.kill()

    def restart_postgres(self, *, crash: bool = False) -> None:
        """Restart PostgreSQL under the running server; with `crash` it gets no time to end cleanly."""
        self.stop_postgres(crash=crash)
        self.start_postgres()

    def stop_postgres(self, *, crash: bool = False) -> None:
        """Stop PostgreSQL; the server meets refused connections."""
        self.cluster.stop(crash=crash)

    def start_postgres(self) -> None:
        """Start it again."""
        self.cluster.start()

    def restart_broker(self, *, crash: bool = False) -> None:
        """Restart the MQTT broker under its clients; with `crash` it forgets the last seconds."""
        self.stop_broker(crash=crash)
        self.start_broker()

    def stop_broker(self, *, crash: bool = False) -> None:
        """Stop the MQTT broker; its clients meet refused connections."""
        if self.broker:
            self.broker.stop(crash=crash)

    def start_broker(self) -> None:
        """Start it (again) on the same port."""
        if self.broker:
            self.broker.start()

    def _warm(self) -> None:
        try:
            with self.report.step("Building the web client's scripts and styles"):
                warm(self.url, self.database, self.login, self.password)
        except Refused:
            self.report.warn(
                f"Odoo does not take the password of {self.login} that {self.env_file} has; was it changed?"
            )
        except OSError as error:
            self.report.warn(f"The web client could not be fetched ({error}). Log: {self.odoo_log}")

    def _choose_ports(self) -> None:
        network.check(self.address)
        public = ports.choose(self.wanted_port, self.state / "port", self.address)
        inner, gevent = ports.free(2)
        http = inner if self.workers else public
        self.url = f"http://{network.local(self.address)}:{public}"
        self.network_urls = [f"http://{address}:{public}" for address in network.reachable(self.address)]
        self._inner_ports = (http, gevent)
        config = self._write_conf()
        local = f"http://127.0.0.1:{http}" if self.workers else self.url
        self.server = OdooServer(self.odoo, config, local, self.odoo_log, self.odoo_pidfile)
        self.front_door = (
            FrontDoor(self.project, self.address, public, http, gevent, self.log) if self.workers else None
        )

    def _write_conf(self) -> Path:
        config = self.state / "odoo.conf"
        http, gevent = self._inner_ports
        options = conf.options(
            addons_path=self.addons_path,
            socket=self.pg_socket,
            role=OWNER,
            data=self.data,
            database=self.database,
            demo=self.demo,
            http_port=http,
            address=network.LOOPBACK if self.workers else self.address,
            gevent_port=gevent,
            workers=self.workers,
            logfile=None,
            addons=[addon.name for addon in self.addons],
        )
        conf.write(config, options)
        return config
