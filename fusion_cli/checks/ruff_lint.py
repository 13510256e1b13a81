"""Mistakes and import order, by ruff."""

from __future__ import annotations

from ..report import Step
from .check import Check, Outcome, Work


class RuffLint(Check):
    """`ruff check` with the rules in pyproject.toml."""

    order = 10
    title = "lint (ruff)"

    def run(self, work: Work, step: Step) -> Outcome | None:
        """One thing that passes or fails."""
        paths = work.selection.python()
        return work.tool("ruff", ["check", "--output-format=concise", *paths], step) if paths else None


CHECK = RuffLint()
