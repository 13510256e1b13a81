"""Waiting for what other threads and transactions do, with an end that a slow machine does not reach."""

import time

from .pace import patient

_POLL_S = 0.02


class WaitingMixin:
    """For test cases."""

    def comes(self, condition, what=None, seconds=5):
        """Wait until ``condition()`` is true; where it never gets so, ``what()`` tells how it is."""
        until = time.monotonic() + patient(seconds)
        while not condition():
            self.assertLess(time.monotonic(), until, what() if what else condition)
            time.sleep(_POLL_S)

    def waits_for_a_lock(self, cr, known, seconds=10):
        """Wait until a process of the database waits for a lock that another one has.

        :param cr: a cursor that does not wait itself
        :param known: has its number under ``pid`` once it has begun
        """

        def blocked():
            cr.execute("SELECT pg_stat_clear_snapshot()")
            cr.execute("SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s", [known.get("pid")])
            return cr.fetchone() == ("Lock",)

        self.comes(blocked, lambda: "nobody waits for the lock", seconds)
