"""Telling right tokens from wrong ones without the database, while somebody tries wrong ones.

Behind one address there may be an honest gateway and somebody who guesses. Once the guesses are too many, what comes
from there is compared with the tokens that are in force, of which each process has the hashes (of the shared token the
text: signatures need it). They are read again now and then, and only while they are needed.
"""

import threading
import time
from functools import partial

import psycopg2
import psycopg2.pool
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

READ_EVERY_S = 15.0
"""So long it takes at most until a token that is new is recognised, while its address is full of strangers."""


class Recognition:
    """What recognises tokens, for each database.

    :param load: gives for a database functions of a proof that say whether it is right; ``None`` where nobody can tell
    """

    def __init__(self, load, clock=time.monotonic):
        self._load = load
        self._clock = clock
        self._read = {}
        self._lock = threading.Lock()

    def knows(self, dbname, proof):
        """Whether a proof is right, as far as this process knows; also where nobody can tell."""
        checks = self._checks(dbname)
        return checks is None or any(check(proof) for check in checks)

    def _checks(self, dbname):
        at, checks = self._read.get(dbname, (float("-inf"), None))
        if self._clock() - at >= READ_EVERY_S and self._lock.acquire(blocking=False):
            try:
                checks = self._load(dbname)
            except (psycopg2.Error, psycopg2.pool.PoolError):
                checks = None  # the database is away: who asks is told so
            finally:
                self._read[dbname] = (self._clock(), checks)
                self._lock.release()
        return checks


def recognisers(model, dbname):
    """What ``_recognisers`` of a model gives in a database; ``None`` where that has no such model."""
    registry = Registry(dbname)
    with registry.cursor() as cr:
        registry = registry.check_signaling(cr)
        # Routes are those of all databases of the server, addons are not.
        return api.Environment(cr, SUPERUSER_ID, {})[model]._recognisers() if model in registry else None


recognition = Recognition(partial(recognisers, "iot.sender"))
"""That of this process."""
