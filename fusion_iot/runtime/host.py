"""The supervisors of this process: one a database."""

from __future__ import annotations

import logging
import threading
import time

import psycopg2
from odoo import sql_db
from odoo.service.server import cron_database_list

from .supervisor import Supervisor

_logger = logging.getLogger(__name__)

LIST_EVERY_S = 10.0
STOP_WITHIN_S = 12.0


class Host:
    """Has a supervisor for every database of this server that has the suite installed."""

    def __init__(self) -> None:
        self._supervisors: dict[str, Supervisor] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fusion_iot.host", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End all workers in good order; returns when they have ended, after some seconds at most."""
        self._stopping.set()
        self._thread.join(STOP_WITHIN_S)

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow_databases()
            except psycopg2.Error as exc:
                _logger.info("The databases cannot be listed now: %s", str(exc).strip().partition("\n")[0])
            except Exception:
                _logger.exception("The runtime could not look for its databases.")
            self._stopping.wait(LIST_EVERY_S)
        for supervisor in self._supervisors.values():
            supervisor.stop()
        until = time.monotonic() + STOP_WITHIN_S - 1
        for supervisor in self._supervisors.values():
            supervisor.join(max(0.0, until - time.monotonic()))

    def _follow_databases(self) -> None:
        names = set(cron_database_list())
        for name in [name for name, item in self._supervisors.items() if name not in names or not item.alive]:
            self._supervisors.pop(name).stop()
        for name in sorted(names - self._supervisors.keys()):
            if _has_suite(name):
                supervisor = self._supervisors[name] = Supervisor(name)
                supervisor.start()


def _has_suite(dbname: str) -> bool:
    """Whether the database has `fusion_iot` installed; asked without loading anything of it."""
    _, info = sql_db.connection_info_for(dbname)
    try:
        connection = psycopg2.connect(**info)
    except psycopg2.OperationalError:
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('iot_runtime_worker') IS NOT NULL")
            return cursor.fetchone()[0]
    finally:
        connection.close()
