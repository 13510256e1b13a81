"""Prepared databases to copy from: a copy takes a second where an install takes half a minute."""

from __future__ import annotations

import hashlib
import json

from .. import addons
from . import marker
from .cluster import literal
from .marker import Marker
from .provision import Provision

BASE = "template_base_"
SUITE = "template_suite_"
SUITE_LOG = "template-suite.log"
"""What Odoo logged when it installed the addons; kept for as long as that database, since a test run reads it."""


class Templates:
    """Makes and keeps prepared databases with demo data; those made from something else are dropped."""

    def __init__(self, provision: Provision) -> None:
        self.provision = provision
        self.cluster = provision.cluster
        self.own = {addon.name: addon.fingerprint() for addon in provision.addons}
        self.modules = addons.outside(provision.addons)

    def base(self) -> str:
        """Name of a database with the modules of Odoo that the suite builds on."""
        name = BASE + _key(self.provision.odoo.version, self.modules)
        if not self.provision.exists(name):
            self._drop_others(BASE, name)
            building = name + "__building"
            self.provision.drop(building)
            self.provision.create(building)
            title = f"Preparing a database with {', '.join(self.modules)} and demo data"
            self.provision.load(
                building, title, demo=True, install=self.modules, log_name="template-base.log"
            )
            self.provision.rename(building, name)
        return name

    def suite_name(self) -> str:
        """What a database with all addons of the suite as they are now is called."""
        return SUITE + _key(self.provision.odoo.version, self.modules, self.own)

    def suite(self) -> str:
        """The same, and it is there."""
        name = self.suite_name()
        if not (self.provision.exists(name) and (self.provision.state / "log" / SUITE_LOG).exists()):
            self._drop_others(SUITE, "")
            building = name + "__building"
            self.provision.copy(self.base(), building)
            title = "Preparing a database with the suite and demo data"
            self.provision.load(building, title, demo=True, install=list(self.own), log_name=SUITE_LOG)
            self.provision.build_assets(building)
            self.provision.rename(building, name)
        return name

    def fresh(self, database: str) -> None:
        """Make `database` (replaced) a fresh database with the suite and its demo data."""
        source = self.suite()
        with self.provision.report.step(f"Copying the prepared database to {database}"):
            self.provision.copy(source, database)
            marker.write(self.cluster, database, Marker(self.provision.odoo.version, True, self.own))

    def _drop_others(self, prefix: str, name: str) -> None:
        pattern = literal(prefix.replace("_", "\\_") + "%")
        rows = self.cluster.sql("postgres", f"select datname from pg_database where datname like {pattern}")
        for (other,) in rows:
            if other != name:
                self.provision.drop(other)


def _key(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
