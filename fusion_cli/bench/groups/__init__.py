"""The groups of measures. Each module here that has a `GROUP` is one; a further group is a further file."""

from __future__ import annotations

import importlib
import pkgutil

from ..group import Group


def all_groups() -> list[Group]:
    """Every group, in the order in which they run."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    found = [module.GROUP for module in modules if hasattr(module, "GROUP")]
    return sorted(found, key=lambda group: group.order)
