"""The registry of a database as it is now, for threads that live longer than it does."""

from __future__ import annotations

import threading

from odoo.modules.registry import Registry

CHANGING = """
    SELECT EXISTS (SELECT 1 FROM ir_module_module WHERE state IN ('to install', 'to upgrade', 'to remove')),
           (SELECT max(id) FROM orm_signaling_registry)
"""
"""Whether modules are being changed, and the number of the registry that the present ones make."""

_one_at_a_time: dict[str, threading.Lock] = {}


def current_registry(dbname: str) -> Registry:
    """The registry, loaded anew where another process has changed the modules.

    One thread of a database looks at a time: those that looked together would all load it, one after the other. Other
    databases do not wait here; while Odoo loads a registry, it has a lock of its own that they do wait for.
    """
    with _one_at_a_time.setdefault(dbname, threading.Lock()):
        return Registry(dbname).check_signaling()


def is_outdated(cr, registry: Registry) -> bool:
    """Whether the tables may be others than those that ``registry`` was loaded for."""
    cr.execute(CHANGING)
    changing, sequence = cr.fetchone()
    return changing or sequence != registry.registry_sequence
