"""Tests of this command itself: `tests/cli`."""

from __future__ import annotations

from ..report import Step
from ..tools import mosquitto
from .check import Outcome, Work
from .pytest_run import PytestFolder


class CliTests(PytestFolder):
    """Some of them start a PostgreSQL, a broker and an Odoo of their own, so those have to be there."""

    # They wait for these half of the time.
    processes = 2

    def run(self, work: Work, step: Step) -> Outcome | None:
        """Fetch them first, where one can see that it takes a while."""
        if not work.selection.part(self.folder):
            return None
        _ = work.stack.cluster.programs, work.stack.odoo_python
        mosquitto.get(work.project, work.report)
        return super().run(work, step)


CHECK = CliTests("tests/cli", 71, "tests of the command")
