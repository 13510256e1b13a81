"""What a database asks for, read apart from the thread that gives heartbeats."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timezone

import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.addons.fusion_iot_base.nudges import board
from odoo.addons.fusion_iot_base.transactions import read_committed
from odoo.modules.registry import Registry

from .complaints import Complaints
from .event_loop import OneThread
from .kind_reader import BOUNDS, KindReader
from .kinds import Kind
from .registry import current_registry
from .transient import in_words, is_transient
from .wanted import Fault, Settings

_logger = logging.getLogger(__name__)

LOOK_S = 0.5
LATE_AFTER_S = 60.0
PATIENCE_S = 1.0
"""The next kinds wait so long for one whose settings are being read, so that they are read in their order."""


class SettingsReader:
    """Reads what should run in one database, when asked to, and nudges its open screens.

    In a thread of its own, since both need the registry. Odoo loads one registry at a time in a process, and that may
    take longer than heartbeats may stay away. Each kind has a further one, and so have the screens: what the code of an
    addon hangs in concerns no other.

    :ivar settings: the latest
    :param ready: is called, in the thread of the reader, when there are new ones
    """

    def __init__(self, dbname: str, ready: Callable[[], None]) -> None:
        self.dbname = dbname
        self.settings = Settings()
        self._ready = ready
        self._readers: dict[str, KindReader] = {}
        self._asked = 0
        self._loading_since: datetime | None = None
        self._modules: Fault | None = None
        self._due = threading.Event()
        self._stopping = False
        self._complaints = Complaints(_logger)
        self._nudges = OneThread(f"fusion_iot.nudges.{dbname}", dbname)
        self._telling: Future | None = None
        self._thread = threading.Thread(target=self._run, name=f"fusion_iot.settings.{dbname}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for the end; returns at once."""
        self._stopping = True
        self._due.set()

    def join(self, timeout: float) -> None:
        """Wait for the end. It may be long in coming while a registry is being loaded, or a kind hangs."""
        until = time.monotonic() + timeout
        self._thread.join(timeout)
        for reader in [*self._readers.values()]:
            reader.join(max(0.0, until - time.monotonic()))
        self._nudges.join(max(0.0, until - time.monotonic()))

    def ask(self) -> int:
        """Have the settings read; returns at once.

        :return: the number of the request: what answers at least this one is as fresh as now
        """
        self._asked += 1
        self._due.set()
        return self._asked

    @property
    def late(self) -> Fault | None:
        """What keeps it from being done, once that has lasted."""
        since = self._loading_since
        if since is None or (_now() - since).total_seconds() < LATE_AFTER_S:
            return None
        return Fault("Reading the modules does not come to an end", since)

    def _run(self) -> None:
        threading.current_thread().dbname = self.dbname
        while not self._stopping:
            if self._due.wait(LOOK_S) and not self._stopping:
                self._due.clear()
                self._read(self._asked)
            self._collect()
            self._have_told()
        for reader in self._readers.values():
            reader.stop()
        self._nudges.shutdown(wait=False)

    def _read(self, asked: int) -> None:
        """Have what can be read now answer the request; the rest goes on as before."""
        self._loading_since = _now()
        try:
            registry = current_registry(self.dbname)
            kinds = self._kinds(registry)
        except Exception as exc:  # noqa: BLE001 - of whatever addon
            self._cannot_load(exc)
            for reader in self._readers.values():
                reader.answered = asked
            self._publish()
            return
        finally:
            self._loading_since = None
        self._modules = None
        self._complaints.over("")
        gone = self._readers.keys() - kinds.keys()
        for name in gone:
            self._readers.pop(name).stop()
        for name in kinds.keys() - self._readers.keys():
            self._readers[name] = KindReader(name, self.dbname, self._complaints)
        if gone:
            self._publish()
        for name, kind in kinds.items():
            reader = self._readers[name]
            if reader.idle:
                reader.begin(registry, kind, asked)
                if reader.finish(PATIENCE_S):
                    self._publish()

    def _kinds(self, registry: Registry) -> dict[str, Kind]:
        with registry.cursor() as cr:
            read_committed(cr)
            cr.execute(BOUNDS)
            env = api.Environment(cr, SUPERUSER_ID, {})
            kinds: dict[str, Kind] = {}
            for kind in env["iot.runtime"]._kinds() if "iot.runtime" in env else ():
                name = getattr(kind, "name", None)
                if isinstance(name, str) and name and name not in kinds:
                    kinds[name] = kind
                    continue
                self._complaints.say(
                    ("name", repr(name)), "A kind of workers is left out", ValueError(f"its name is {name!r}")
                )
            return kinds

    def _cannot_load(self, error: Exception) -> None:
        text = "The runtime cannot read its settings; it goes on with those it has"
        if is_transient(error) or isinstance(error, psycopg2.Error):
            self._complaints.say("", text, error, level=logging.WARNING)
            self._modules = None
            return
        self._complaints.say("", text, error)
        words = in_words(error)
        if not self._modules or self._modules.text != words:
            self._modules = Fault(words, _now())

    def _collect(self) -> None:
        """Take over what came later than was waited for, and say what does not come."""
        readers = self._readers.values()
        if [reader for reader in readers if reader.finish(0.0) or reader.overdue(self._asked)]:
            self._publish()
        if any(reader.idle and reader.asked < self._asked for reader in readers):
            self._due.set()

    def _publish(self) -> None:
        readers = self._readers
        if self._modules:
            faults = dict.fromkeys(readers or ("",), self._modules)
        else:
            faults = {name: reader.fault for name, reader in readers.items() if reader.fault}
        self.settings = Settings(
            {key: item for reader in readers.values() for key, item in reader.workers.items()},
            faults,
            {name: reader.answered for name, reader in readers.items()},
        )
        self._ready()

    def _have_told(self) -> None:
        if board.waiting(self.dbname) and (self._telling is None or self._telling.done()):
            self._telling = self._nudges.submit(self._nudge)

    def _nudge(self) -> None:
        """Tell open screens what could not be told at once, whoever in this process had it to tell.

        In a transaction each: what cannot be told keeps nothing else back.
        """
        for key in board.waiting(self.dbname):
            try:
                with Registry(self.dbname).cursor() as cr:
                    cr.execute(BOUNDS)
                    api.Environment(cr, SUPERUSER_ID, {})["iot.nudge"]._send(key)
            except psycopg2.Error as exc:
                _logger.debug("Screens could not be told: %s", exc)
            except Exception as exc:  # noqa: BLE001 - of whatever addon
                self._complaints.say(key, "The runtime cannot nudge screens", exc)
            else:
                self._complaints.over(key)


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)
