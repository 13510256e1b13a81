"""Types of the pure core and of this command, by mypy."""

from __future__ import annotations

from ..report import Step
from .check import Check, Outcome, Work
from .settings import outermost, pure_packages


class Types(Check):
    """`mypy --strict` on the packages that know nothing of Odoo."""

    order = 30
    title = "types (mypy)"
    beside = True

    def run(self, work: Work, step: Step) -> Outcome | None:
        """One thing that passes or fails."""
        folders = [*outermost(pure_packages(work.project.root)), "fusion_cli"]
        paths = [folder for folder in folders if work.selection.part(folder)]
        return work.tool("mypy", ["--strict", *paths], step) if paths else None


CHECK = Types()
