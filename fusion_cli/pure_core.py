"""The pure packages of the addons, for a process without Odoo."""

from __future__ import annotations

import sys
import types

from .project import Project


def make_importable() -> None:
    """Make `fusion_iot_base.protocol` importable as it is, without the models of its addon."""
    if "fusion_iot_base" not in sys.modules:
        addon = types.ModuleType("fusion_iot_base")
        addon.__path__ = [str(Project.here().root / "fusion_iot_base")]
        sys.modules["fusion_iot_base"] = addon
