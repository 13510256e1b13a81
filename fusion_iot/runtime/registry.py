"""The registry of a database as it is now, for threads that live longer than it does."""

from __future__ import annotations

import threading

from odoo.modules.registry import Registry

_one_at_a_time = threading.Lock()


def current_registry(dbname: str) -> Registry:
    """The registry, loaded anew where another process has changed the modules.

    One thread looks at a time: those that looked together would all load it, one after the other.
    """
    with _one_at_a_time:
        return Registry(dbname).check_signaling()
