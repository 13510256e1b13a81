"""Bringing a database to the state of the source: created, installed or updated, and only if it has to be."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from ..addons import Addon
from ..problem import Problem
from ..process import environment, run, tail
from ..report import Reporter, Step
from ..server import conf
from ..tools.odoo_source import Odoo
from . import marker, odoo_log
from .cluster import OWNER, Cluster, identifier, literal
from .marker import Marker

LOADING = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")

_BUILD_ASSETS = """
for bundle in ("web.assets_web", "web.assets_web_print", "web.assets_frontend"):
    env["ir.qweb"]._get_asset_bundle(bundle, css=True, js=False).css()
lazy = ("web.assets_frontend_minimal", "web.assets_frontend_lazy", "bus.websocket_worker_assets")
for bundle in ("web.assets_web", *lazy):
    env["ir.qweb"]._get_asset_bundle(bundle, css=False, js=True).js()
env.cr.commit()
"""


class Provision:
    """Makes databases of the suite in one cluster."""

    def __init__(
        self, root: Path, state: Path, cluster: Cluster, odoo: Odoo, addons: list[Addon], report: Reporter
    ) -> None:
        self.root = root
        self.addons_path = [root]
        self.state = state
        self.cluster = cluster
        self.odoo = odoo
        self.addons = addons
        self.report = report

    def exists(self, database: str) -> bool:
        """Whether there is a database of this name."""
        return bool(
            self.cluster.sql("postgres", f"select 1 from pg_database where datname = {literal(database)}")
        )

    def drop(self, database: str) -> None:
        """Remove a database and its files, if it is there."""
        # As the superuser: the owner must not end what the cluster itself does there, such as an autovacuum.
        statement = f"drop database if exists {identifier(database)} with (force)"
        self.cluster.sql("postgres", statement, role="postgres")
        shutil.rmtree(self._files(database), ignore_errors=True)

    def copy(self, source: str, target: str) -> None:
        """Make `target` (replaced) a copy of `source`, files included."""
        self.drop(target)
        statement = f"create database {identifier(target)} template {identifier(source)}"
        self.cluster.sql("postgres", statement)
        # Without it, sequences of the copy go back in a crash: what the source had logged ahead is not logged for it.
        self.cluster.sql("postgres", "checkpoint", role="postgres")
        if self._files(source).is_dir():
            shutil.copytree(self._files(source), self._files(target))

    def ensure(self, database: str, *, demo: bool) -> bool:
        """Make the database be there with today's addons; tells whether it was created just now.

        An install happens under another name and is renamed when it is whole, so a database of this name is
        never half-made.
        """
        wanted = {addon.name: addon.fingerprint() for addon in self.addons}
        target = Marker(self.odoo.version, demo, wanted)
        if not self.exists(database):
            building = database + "__building"
            self.drop(building)
            what = "with demo data" if demo else "without demo data"
            self.create(building)
            self.load(
                building,
                f"Creating the database {database} {what}",
                demo=demo,
                install=list(wanted) or ["web"],
            )
            self.rename(building, database)
            marker.write(self.cluster, database, target)
            return True
        current = marker.read(self.cluster, database)
        if current is None:
            current = Marker("", demo, {})
        if current.demo != demo:
            made = "with" if current.demo else "without"
            raise Problem(
                f"The database {database} was made {made} demo data.",
                "Choose another one with --db NAME, or remove it with `./fusion clean`.",
            )
        if gone := sorted(set(current.addons) - set(wanted)):
            self.report.warn(f"{', '.join(gone)}: installed in {database} but no longer in the repository.")
        new = [name for name in wanted if name not in current.addons]
        changed = [name for name in wanted if name in current.addons and current.addons[name] != wanted[name]]
        if current.odoo != self.odoo.version and current.addons:
            changed = ["base"]
        if new or changed:
            title = f"Updating the database {database}"
            self.load(database, title, demo=demo, install=new, update=changed)
            marker.write(self.cluster, database, target)
        return False

    def create(self, database: str) -> None:
        """Create an empty database as Odoo wants it."""
        self.cluster.sql(
            "postgres",
            f"create database {identifier(database)} owner {OWNER} template template0 encoding 'UTF8' "
            "lc_collate 'C' lc_ctype 'C.UTF-8'",
        )

    def load(
        self,
        database: str,
        title: str,
        *,
        demo: bool,
        install: list[str] | None = None,
        update: list[str] | None = None,
        log_name: str = "install.log",
        extra: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
    ) -> Path:
        """Run Odoo once to install and update modules; raises `Problem` with what its log says went wrong."""
        log = self.state / "log" / log_name
        path = self.write_conf(database, demo=demo)
        argv = self.odoo.command("-c", path, "-d", database, "--stop-after-init", *extra)
        if not extra:
            argv.append("--no-http")
        if install:
            argv += ["-i", ",".join(install)]
        if update:
            argv += ["-u", ",".join(update)]
        with self.report.step(title) as step:
            code = run(
                argv,
                log,
                what=title,
                cwd=self.root,
                env=environment(env),
                on_line=lambda line: _note(step, line),
                check=False,
            )
            with log.open(encoding="utf-8", errors="replace") as lines:
                errors = [record for record in odoo_log.wrong(lines) if record.level != "WARNING"]
            if code or errors:
                told = max(errors, key=lambda record: len(record.more)).text(8) if errors else tail(log)
                raise Problem(f"{title} failed:\n{told}", "If the cause is in an addon, correct it.", log)
        return log

    def build_assets(self, database: str) -> None:
        """Build what the first browser would have to wait for: scripts and styles of the web client."""
        path = self.write_conf(database, demo=True)
        with self.report.step("Building scripts and styles of the web client"):
            run(
                self.odoo.command("shell", "-c", path, "-d", database, "--no-http"),
                self.state / "log" / "assets.log",
                what="Building scripts and styles",
                cwd=self.root,
                env=environment(),
                stdin=_BUILD_ASSETS,
            )

    def write_conf(self, database: str, *, demo: bool) -> Path:
        """The configuration of a run without a server."""
        path = self.state / "install.conf"
        options = conf.options(
            addons_path=self.addons_path,
            socket=self.cluster.socket,
            role=OWNER,
            data=self.state / "data",
            database=database,
            demo=demo,
            http_port=0,
            gevent_port=0,
            workers=0,
            logfile=None,
            addons=[],
        )
        conf.write(path, options)
        return path

    def rename(self, old: str, new: str) -> None:
        """Rename a database and its files."""
        self.cluster.sql("postgres", f"alter database {identifier(old)} rename to {identifier(new)}")
        if self._files(old).is_dir():
            self._files(old).rename(self._files(new))

    def _files(self, database: str) -> Path:
        return self.state / "data" / "filestore" / database


def _note(step: Step, line: str) -> None:
    if match := LOADING.search(line):
        step.note(f"module {match[2]}/{match[3]}: {match[1]}")
