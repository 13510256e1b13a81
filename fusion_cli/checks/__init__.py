"""The checks of `fusion test`. Each module here that has a `CHECK` is one; a new check is a new file."""

from __future__ import annotations

import importlib
import pkgutil

from .check import Check


def all_checks() -> list[Check]:
    """Every check, in the order in which they run."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    found = [module.CHECK for module in modules if hasattr(module, "CHECK")]
    return sorted(found, key=lambda check: check.order)
