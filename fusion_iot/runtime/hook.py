"""Starting the runtime with the Odoo server. Only wiring; the work is in :mod:`.host`.

Odoo has no place for a service of an addon, so two methods of its server classes are wrapped: the one that starts
the scheduled jobs of a threaded server, and the one that keeps the worker processes of a prefork server alive. Both
run in a serving process only: not with ``--stop-after-init``, not in ``odoo shell``. Test runs are left out here.
``FUSION_IOT_RUNTIME=off`` in the environment leaves a server out, too.
"""

from __future__ import annotations

import functools
import logging
import os
import select
import signal

from odoo.service import server
from odoo.tools import config

from . import pool
from .host import Host

_logger = logging.getLogger(__name__)

VARIABLE = "FUSION_IOT_RUNTIME"
# A signal's wake-up may be read before its handler has run: the next look is what ends the process then.
BEAT_S = 1.0


def install() -> None:
    """Wrap the server classes; does nothing the second time."""
    if hasattr(server.PreforkServer, "workers_iot"):
        return
    pool.install()
    server.PreforkServer.workers_iot = None
    server.ThreadedServer.cron_spawn = _after(server.ThreadedServer.cron_spawn, _start_thread)
    server.PreforkServer.process_spawn = _after(server.PreforkServer.process_spawn, _keep_worker)


def wanted() -> bool:
    """Whether this server may run the runtime."""
    return not config["test_enable"] and os.environ.get(VARIABLE, "on").lower() not in (
        "off",
        "0",
        "no",
        "false",
    )


def _after(method, then):
    @functools.wraps(method)
    def wrapped(self, *args, **kwargs):
        result = method(self, *args, **kwargs)
        if wanted():
            then(self)
        return result

    return wrapped


def _start_thread(threaded) -> None:
    host = Host()
    threaded.on_stop(host.stop)
    host.start()


def _keep_worker(prefork) -> None:
    """Have exactly one worker process for the runtime; Odoo's master reaps it like any other."""
    workers = prefork.workers_iot = {
        pid: worker for pid, worker in (prefork.workers_iot or {}).items() if pid in prefork.workers
    }
    if not workers:
        server.sql_db.close_all()
        prefork.worker_spawn(WorkerIot, workers)


class WorkerIot(server.Worker):
    """The process of a prefork server that runs the MQTT clients and pollers, and nothing else."""

    def __init__(self, multi) -> None:
        super().__init__(multi)
        self.watchdog_timeout = multi.cron_timeout

    def start(self) -> None:
        super().start()
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)  # the limit is for one request; this work has no end
        if self.multi.socket:
            self.multi.socket.close()
        self.host = Host()
        self.host.start()

    def sleep(self) -> None:
        select.select([self.wakeup_fd_r], [], [], BEAT_S)
        server.empty_pipe(self.wakeup_fd_r)

    def process_work(self) -> None:
        if not self.host.alive:
            _logger.error("The runtime ended by itself; the process is replaced.")
            self.alive = False

    def stop(self) -> None:
        self.host.stop()
        super().stop()
