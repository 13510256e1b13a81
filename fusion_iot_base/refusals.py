"""What was refused of senders that are known: counted here, and written to the database once a minute at most.

A refusal rolls back whatever its request has written, and one that was refused for its rate has not even seen the
database. What a process has counted since it last wrote is lost when it ends.
"""

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

import psycopg2
import psycopg2.pool
from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry

from .transactions import read_committed

WRITE_EVERY_S = 60.0
_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """Refusals of one owner of tokens (see `Account`) that are not written yet.

    :ivar at: of the last one, naive UTC
    :ivar reason: word of its error
    """

    count: int = 0
    at: datetime | None = None
    address: str = ""
    reason: str = ""


class Refusals:
    """Tallies, by owner.

    :param size: of those that are remembered; the one that was refused longest ago is forgotten first
    """

    def __init__(self, size=10_000, clock=time.monotonic):
        self._size = size
        self._clock = clock
        self._tallies = OrderedDict()
        self._written = {}
        self._next = {}
        self._lock = threading.Lock()

    def note(self, owner, reason, address):
        """Count a refusal."""
        with self._lock:
            tally = self._tallies.setdefault(owner, Tally())
            tally.count += 1
            tally.at, tally.address, tally.reason = fields.Datetime.now(), address, reason
            self._keep(owner)

    def take_due(self, dbname):
        """What is to be written now, as owner -> `Tally`. It counts as written."""
        now = self._clock()
        with self._lock:
            if self._next.get(dbname, float("inf")) > now:
                return {}
            ours = [owner for owner, tally in self._tallies.items() if owner[0] == dbname and tally.count]
            due = [owner for owner in ours if self._due_at(owner) <= now]
            taken = {owner: self._tallies[owner] for owner in due}
            for owner in due:
                self._tallies[owner] = Tally()
                self._written[owner] = now
            left = [self._due_at(owner) for owner in ours if owner not in taken]
            self._next[dbname] = min(left, default=float("inf"))
            return taken

    def give_back(self, tallies):
        """Keep what could not be written until it is due again."""
        with self._lock:
            for owner, tally in tallies.items():
                newer = self._tallies.get(owner)
                if newer and newer.count:
                    newer.count += tally.count
                else:
                    self._tallies[owner] = tally
                self._keep(owner)

    def _due_at(self, owner):
        return self._written.get(owner, float("-inf")) + WRITE_EVERY_S

    def _keep(self, owner):
        self._tallies.move_to_end(owner)
        self._next[owner[0]] = min(self._next.get(owner[0], float("inf")), self._due_at(owner))
        if len(self._tallies) > self._size:
            forgotten, _tally = self._tallies.popitem(last=False)
            self._written.pop(forgotten, None)


def write_due(dbname):
    """Write what is due, in a transaction of its own; most of the time nothing is."""
    tallies = refusals.take_due(dbname)
    if not tallies:
        return
    try:
        with Registry(dbname).cursor() as cr:
            read_committed(cr)
            written = api.Environment(cr, SUPERUSER_ID, {})["iot.sender"]._note_refusals(tallies)
    except (psycopg2.Error, psycopg2.pool.PoolError) as exc:
        _logger.debug("Refusals could not be noted: %s", exc)
        written = set()
    refusals.give_back({owner: tally for owner, tally in tallies.items() if owner not in written})


refusals = Refusals()
"""Those of this process."""
