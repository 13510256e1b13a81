"""The one format of Python code, by ruff."""

from __future__ import annotations

from ..report import Step
from .check import Check, Outcome, Work


class RuffFormat(Check):
    """`ruff format --check`; `ruff format` (in .fusion/dev/bin) mends what it finds."""

    order = 11
    title = "format (ruff)"

    def run(self, work: Work, step: Step) -> Outcome | None:
        """One thing that passes or fails."""
        paths = work.selection.python()
        if not paths:
            return None
        outcome = work.tool("ruff", ["format", "--check", "--output-format=concise", *paths], step)
        if outcome.failed:
            outcome.told += "\nTo mend it: .fusion/dev/bin/ruff format"
        return outcome


CHECK = RuffFormat()
