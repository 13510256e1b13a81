"""The environment of the checks: linters, type checker and test runner, apart from what Odoo runs on."""

from __future__ import annotations

from pathlib import Path

from ..project import Project
from ..report import Reporter
from .odoo_source import Odoo
from .venv import Venv


def get(project: Project, odoo: Odoo, report: Reporter) -> Path:
    """Folder of the tools' programs. Its Python sees Odoo and Odoo's dependencies too."""
    pins = project.requirements
    bare = [pins / "axe.txt"]
    venv = Venv(project.state / "dev", [pins / "dev.txt"], pins / "build.txt", project.log, bare=bare)
    visible = odoo.import_paths
    if not venv.ready(visible):
        venv.make(odoo.python, visible, report, "Installing the tools of the checks")
    return venv.python.parent
