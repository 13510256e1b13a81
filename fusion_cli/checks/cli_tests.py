"""Tests of this command itself: `tests/cli`."""

from __future__ import annotations

import os

from ..tools import mosquitto
from .check import Work
from .pytest_run import PytestFolder


class CliTests(PytestFolder):
    """Some of them start a PostgreSQL, a broker and an Odoo of their own, so those have to be there."""

    def env(self, work: Work) -> dict[str, str]:
        """Names the Odoo and the Mosquitto, which a trial checkout must not download again."""
        _ = work.stack.cluster.programs
        programs = mosquitto.get(work.project, work.report).clients
        path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(programs)])
        return {"FUSION_ODOO_PYTHON": str(work.stack.odoo_python), "PATH": path}


CHECK = CliTests("tests/cli", 71, "tests of the command")
