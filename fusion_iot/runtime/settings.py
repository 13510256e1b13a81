"""What a database asks for, read apart from the thread that gives heartbeats."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import NamedTuple

import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.addons.fusion_iot_base.nudges import board
from odoo.addons.fusion_iot_base.transactions import read_committed
from odoo.modules.registry import Registry

from .kinds import Kind
from .registry import current_registry, is_outdated
from .transient import in_words, is_transient

_logger = logging.getLogger(__name__)

LOOK_S = 0.5
LATE_AFTER_S = 60.0

Key = tuple[str, int]
"""Of a worker: the name of its kind, and the id of the record that asks for it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A worker that should run."""

    kind: Kind
    row_id: int
    spec: object


class Fault(NamedTuple):
    """Why the settings of a kind cannot be read, and since when (naive UTC)."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Settings:
    """What should run, as it was read.

    :ivar asked: which request it answers
    :ivar faults: by the name of their kind, those that could not be read; they are as before. Under an empty name: of
        all kinds, none of which is known
    """

    asked: int = 0
    workers: Mapping[Key, Wanted] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)


class Complaints:
    """Says the same thing once, until it is over."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._said: dict[object, str] = {}

    def say(self, about: object, text: str, error: BaseException, *, level: int = logging.ERROR) -> None:
        """Log an error; what a person has to look into comes with its traceback."""
        words = in_words(error)
        if self._said.get(about) != text + words:
            self._said[about] = text + words
            trace = error if level >= logging.ERROR else None
            self._logger.log(level, "%s: %s", text, words, exc_info=trace)

    def over(self, about: object) -> None:
        """It works again."""
        self._said.pop(about, None)


class SettingsReader:
    """Reads what should run in one database, when asked to, and nudges its open screens.

    In a thread of its own, since both need the registry. Odoo loads one registry at a time in a process, and that may
    take longer than heartbeats may stay away.

    :ivar settings: the latest
    :param ready: is called, in the thread of the reader, when there are new ones
    """

    def __init__(self, dbname: str, ready: Callable[[], None]) -> None:
        self.dbname = dbname
        self.settings = Settings()
        self._ready = ready
        self._known: dict[str, dict[Key, Wanted]] = {}
        self._asked = 0
        self._reading: tuple[str, datetime] | None = None
        self._due = threading.Event()
        self._stopping = False
        self._complaints = Complaints(_logger)
        self._thread = threading.Thread(target=self._run, name=f"fusion_iot.settings.{dbname}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for the end; returns at once."""
        self._stopping = True
        self._due.set()

    def join(self, timeout: float) -> None:
        """Wait for the end. It may be long in coming while a registry is being loaded."""
        self._thread.join(timeout)

    def ask(self) -> int:
        """Have the settings read; returns at once.

        :return: the number of the request: those with at least this number are as fresh as now
        """
        self._asked += 1
        self._due.set()
        return self._asked

    @property
    def late(self) -> Fault | None:
        """What keeps it from being done, once that has lasted."""
        what, since = self._reading or ("", _now())
        seconds = (_now() - since).total_seconds()
        if seconds < LATE_AFTER_S:
            return None
        return Fault(f"Reading {what} does not come to an end", since)

    def _run(self) -> None:
        threading.current_thread().dbname = self.dbname
        while not self._stopping:
            if self._due.wait(LOOK_S) and not self._stopping:
                self._due.clear()
                self.settings = self._read(self._asked)
                self._reading = None
                self._ready()
            self._nudge()

    def _read(self, asked: int) -> Settings:
        """The settings as they are now; of what cannot be read, those from before."""
        found, faults = self._known, {}
        self._reading = "the modules", _now()
        try:
            with current_registry(self.dbname).cursor() as cr:
                read_committed(cr)
                cr.execute("SET LOCAL lock_timeout = '10s'")
                found, faults = self._read_kinds(api.Environment(cr, SUPERUSER_ID, {}))
        except Exception as exc:  # noqa: BLE001 - of whatever addon
            found = self._known
            text = "The runtime cannot read its settings; it goes on with those it has"
            if is_transient(exc) or isinstance(exc, psycopg2.Error):
                self._complaints.say("", text, exc, level=logging.WARNING)
            else:
                self._complaints.say("", text, exc)
                faults = dict.fromkeys(self._known or ("",), in_words(exc))
        else:
            self._complaints.over("")
        self._known = found
        before, now = self.settings.faults, _now()
        known = {
            name: before[name] if name in before and before[name].text == text else Fault(text, now)
            for name, text in faults.items()
        }
        workers = {key: wanted for of_kind in found.values() for key, wanted in of_kind.items()}
        return Settings(asked, workers, known)

    def _read_kinds(self, env) -> tuple[dict[str, dict[Key, Wanted]], dict[str, str]]:
        found: dict[str, dict[Key, Wanted]] = {}
        faults: dict[str, str] = {}
        if "iot.runtime" not in env:
            return found, faults
        for kind in env["iot.runtime"]._kinds():
            self._reading = f"the settings of {kind.name}", _now()
            try:
                with env.cr.savepoint():
                    found[kind.name] = {
                        (kind.name, res_id): Wanted(kind, row_id, spec)
                        for res_id, (row_id, spec) in kind.wanted(env).items()
                    }
                self._complaints.over(kind.name)
            except Exception as exc:  # noqa: BLE001 - of whatever addon
                outdated = is_outdated(env.cr, env.registry)  # raises where the connection is gone
                found[kind.name] = self._known.get(kind.name, {})
                text = f"The runtime cannot read the settings of {kind.name}; it goes on with those it has"
                if outdated or is_transient(exc):
                    self._complaints.say(kind.name, text, exc, level=logging.WARNING)
                else:
                    self._complaints.say(kind.name, text, exc)
                    faults[kind.name] = in_words(exc)
        return found, faults

    def _nudge(self) -> None:
        """Tell open screens what could not be told at once, whoever in this process had it to tell.

        In a transaction each: what cannot be told keeps nothing else back.
        """
        for key in board.waiting(self.dbname):
            try:
                with Registry(self.dbname).cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["iot.nudge"]._send(key)
            except psycopg2.Error as exc:
                _logger.debug("Screens could not be told: %s", exc)
            except Exception as exc:  # noqa: BLE001 - of whatever addon
                self._complaints.say(key, "The runtime cannot nudge screens", exc)
            else:
                self._complaints.over(key)


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)
