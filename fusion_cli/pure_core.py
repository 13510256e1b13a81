"""The pure packages of the addons, for a process without Odoo."""

from __future__ import annotations

import sys
import types

from .project import Project


def make_importable() -> None:
    """Make `fusion_iot_base.protocol` and `fusion_session_detector.detector` importable as they are.

    The models of their addons are not imported with them.
    """
    for name in ("fusion_iot_base", "fusion_session_detector"):
        if name not in sys.modules:
            addon = types.ModuleType(name)
            addon.__path__ = [str(Project.here().root / name)]
            sys.modules[name] = addon
