"""Throttles whose keys pass for something that a transaction writes."""

from functools import partial


def passing(cr, throttle):
    """`Throttle.due` for what is written by the transaction of ``cr``: rolled back, nothing has passed.

    Before the rollback proper, which fails where the connection is gone.
    """
    passed = []

    def due(key):
        if not throttle.due(key):
            return False
        if not passed:
            cr.prerollback.add(partial(throttle.give_back, passed))
        passed.append(key)
        return True

    return due
