"""A PostgreSQL cluster of our own: private folder, Unix socket only, never another one's data."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from ..problem import Problem
from ..process import environment, output_of, run, tail
from ..report import Reporter
from ..service import READY_WITHIN_S, Service, end_leftover
from ..tools import system_packages
from . import cluster_user, postgresql, socket_folder

OWNER = "odoo"
"""Database role that Odoo connects as; it may create databases and is no superuser."""
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "5s",
    "lc_messages": "C",
}
FOR_TESTS = SETTINGS | {"fsync": "off", "full_page_writes": "off"}
"""What is committed survives the end of any process of PostgreSQL here, too, but not that of the machine."""


class Cluster(Service):
    """One cluster below a state folder: data in `pg`, log in `log/postgresql.log`.

    `start()` and `stop()` own the server process: it is a child of this process and dies with it. Only with `durable` a
    commit waits for the disk.
    """

    def __init__(self, state: Path, report: Reporter, *, durable: bool = True) -> None:
        super().__init__(state / "log" / "postgresql.log")
        self.state = state
        self.report = report
        self.settings = SETTINGS if durable else FOR_TESTS
        self.data = state / "pg"
        self.socket = socket_folder.choose(state)
        self._programs: Path | None = None

    @property
    def programs(self) -> Path:
        """Folder of `postgres`, `initdb`, `psql` and `pg_isready`; root installs PostgreSQL where it is missing."""
        if self._programs is None:
            self._programs = self._find_programs()
        return self._programs

    @property
    def accepts(self) -> bool:
        """Whether a server answers on the socket, whoever started it."""
        program = self.programs / "pg_isready"
        return output_of([program, "-q", "-h", self.socket, "-d", "postgres", "-t", "2"]) is not None

    def start(self) -> None:
        """Create the cluster if need be and start its server; returns when it takes connections."""
        programs = self.programs
        self.log.parent.mkdir(parents=True, exist_ok=True)
        socket_folder.make(self.socket)
        created = not (self.data / "PG_VERSION").exists()
        if created:
            self._initialise()
        end_leftover(self.data / "postmaster.pid", self.data, "a PostgreSQL", signal.SIGINT, self.report)
        argv: list[str | Path] = [programs / "postgres", "-D", self.data, "-k", self.socket]
        for name, value in self.settings.items():
            argv += ["-c", f"{name}={value}"]
        self._spawn(cluster_user.run_as(argv, self.data), Path("/"), {"LC_ALL": "C.UTF-8"})
        self._wait_until_it_answers()
        if not self.sql("postgres", f"select 1 from pg_roles where rolname = '{OWNER}'", role="postgres"):
            self.sql("postgres", f"create role {OWNER} login createdb", role="postgres")

    def stop(self, *, crash: bool = False) -> None:
        """Stop the server (clients are cut off, nothing committed is lost); `crash` skips the clean end."""
        self._end(with_signal=signal.SIGQUIT if crash else signal.SIGINT, grace=60.0)
        if self.socket.parent != self.state:
            with suppress(OSError):
                self.socket.rmdir()

    def sql(self, database: str, statement: str, *, role: str = OWNER) -> list[list[str]]:
        """Run one SQL statement with psql and return its rows as text.

        Raises `Problem` with PostgreSQL's message. For values use `literal()`.
        """
        argv = [
            str(self.programs / "psql"),
            *("-h", str(self.socket), "-U", role, "-d", database),
            *("-X", "-q", "-A", "-t", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1", "-f", "-"),
        ]
        env = environment({"PGCONNECT_TIMEOUT": "10", "PGCLIENTENCODING": "UTF8"})
        done = subprocess.run(argv, input=statement.encode(), env=env, capture_output=True, check=False)
        if done.returncode:
            message = done.stderr.decode("utf-8", "replace").strip()
            raise Problem(f"The database refused a statement: {message}", "", self.log)
        text = done.stdout.decode("utf-8", "replace")
        return [row.split("\x1f") for row in text.removesuffix("\n").split("\x1e")] if text else []

    def _initialise(self) -> None:
        with self.report.step("Creating a private PostgreSQL cluster"):
            fresh = self.data.with_name("pg.new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            cluster_user.give(fresh)
            argv = [self.programs / "initdb", "-D", fresh, "-U", "postgres", "-A", "trust"]
            run(
                cluster_user.run_as([*argv, "-E", "UTF8", "--locale=C.UTF-8"], fresh),
                self.log.parent / "initdb.log",
                what="Creating the PostgreSQL cluster",
                cwd=Path("/"),
                env=environment({"LC_ALL": "C.UTF-8"}),
            )
            fresh.rename(self.data)

    def _wait_until_it_answers(self, timeout: float = READY_WITHIN_S) -> None:
        deadline = time.monotonic() + timeout
        while not self.accepts:
            if not self.running:
                raise Problem(f"PostgreSQL did not start:\n{tail(self.log)}", "", self.log)
            if time.monotonic() > deadline:
                self.stop(crash=True)
                raise Problem(f"PostgreSQL did not answer within {timeout:.0f} s.", "", self.log)
            time.sleep(0.05)

    def _find_programs(self) -> Path:
        passed_over: list[str] = []
        if (self.data / "PG_VERSION").exists():
            made_by = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
            if found := postgresql.find(passed_over, made_by):
                return found
            told = (
                f"The cluster in {self.data} was made by PostgreSQL {made_by}, of which there is none here."
            )
            raise Problem(
                "\n  ".join([told, *passed_over]),
                f"Install PostgreSQL {made_by} (Debian: postgresql-{made_by}), "
                "or run `./fusion clean` to start with new databases.",
            )
        if found := postgresql.find(passed_over):
            return found
        wanted = f"A PostgreSQL from {postgresql.OLDEST} on with all of its programs"
        system_packages.require_postgresql(wanted, passed_over, self.log.parent, self.report)
        passed_over.clear()
        if found := postgresql.find(passed_over):
            return found
        told = f"{wanted} was not found, although Debian's packages of it are installed now."
        raise Problem("\n  ".join([told, *passed_over]), "Put the folder of a newer, whole one on PATH.")


def literal(value: str) -> str:
    """A string as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
