"""What goes wrong in Odoo addons in particular, by pylint-odoo."""

from __future__ import annotations

from ..report import Step
from .check import Check, Outcome, Work


class PylintOdoo(Check):
    """The messages chosen in .pylintrc, on the addons."""

    order = 20
    title = "lint (pylint-odoo)"
    beside = True

    def run(self, work: Work, step: Step) -> Outcome | None:
        """One thing that passes or fails."""
        names = [addon.name for addon in work.selection.addons(work.addons)]
        return work.tool("pylint", ["--rcfile=.pylintrc", *names], step) if names else None


CHECK = PylintOdoo()
