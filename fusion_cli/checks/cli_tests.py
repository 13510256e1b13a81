"""Tests of this command itself: `tests/cli`."""

from __future__ import annotations

from .check import Work
from .pytest_run import PytestFolder


class CliTests(PytestFolder):
    """Some of them start a PostgreSQL and an Odoo of their own, so those have to be there."""

    def env(self, work: Work) -> dict[str, str]:
        """Names the Odoo, which a trial checkout must not download again."""
        _ = work.stack.cluster.programs
        return {"FUSION_ODOO_PYTHON": str(work.stack.odoo_python)}


CHECK = CliTests("tests/cli", 71, "tests of the command")
