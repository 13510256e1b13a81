"""The session engine, for the supervisor."""

from __future__ import annotations

from collections.abc import Mapping

from odoo.addons.fusion_iot.runtime.kinds import Tenure

from .worker import EngineSpec, SessionWorker

NAME = "sessions"


class SessionKind:
    """One engine for the database, as soon as a machine has sessions."""

    name = NAME

    def wanted(self, env) -> Mapping[int, tuple[int, object]]:
        """The engine, where there is work for it."""
        env["iot.runtime.worker"]._list_machines_aside()
        engine = env["iot.session.engine"]._wanted()
        rows = env["iot.runtime.worker"]._list(self.name, engine)
        return {record.id: (rows[record.id], record._spec()) for record in engine}

    def worker(self, spec: EngineSpec, tenure: Tenure) -> SessionWorker:
        """The engine, not started yet."""
        return SessionWorker(spec, tenure)
