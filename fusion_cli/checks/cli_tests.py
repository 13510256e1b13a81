"""Tests of this command itself: `tests/cli`."""

from __future__ import annotations

from ..report import Step
from .check import Outcome, Work
from .pytest_run import PytestFolder


class CliTests(PytestFolder):
    """Some of them start a PostgreSQL of their own, so its programs have to be there."""

    def run(self, work: Work, step: Step) -> Outcome | None:
        """Counts of pytest."""
        _ = work.stack.cluster.programs, work.stack.odoo
        return super().run(work, step)


CHECK = CliTests("tests/cli", 71, "tests of the command")
