"""The interpreter of a box: it sees Odoo, what Odoo depends on, and what the client imports besides."""

from __future__ import annotations

from pathlib import Path

from ..project import Project
from ..report import Reporter
from ..tools.odoo_source import Odoo
from ..tools.venv import Venv

FOLDER = "box-python"


def get(project: Project, odoo: Odoo, report: Reporter) -> Path:
    """The interpreter, made at the first use."""
    pins = project.requirements
    venv = Venv(project.state / FOLDER, [pins / "box.txt"], pins / "build.txt", project.log)
    visible = odoo.import_paths
    if not venv.ready(visible):
        venv.make(odoo.python, visible, report, "Installing the Python packages of the IoT Box")
    return venv.python
