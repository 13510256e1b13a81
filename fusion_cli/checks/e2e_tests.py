"""Tests that cross the addons, against a running server: `tests/e2e`."""

from __future__ import annotations

from ..report import Step
from . import browser, odoo_report
from .allowed import IN_TESTS, UNDER_FAULTS
from .check import Check, Outcome, Work
from .pytest_run import run_pytest

FOLDER = "tests/e2e"


class EndToEndTests(Check):
    """pytest, each of its processes with a stack of its own; the logs of their servers are read too."""

    order = 90
    title = "end-to-end tests"

    def run(self, work: Work, step: Step) -> Outcome | None:
        """Counts of pytest; errors in the server's log that no played fault explains count as failures."""
        targets = work.selection.part(FOLDER)
        if not targets:
            return None
        browser.require(work)
        work.stack.stop()
        logs = work.project.state / "test" / "lanes"
        for log in logs.glob("*/log/odoo.log"):
            log.unlink()
        outcome = run_pytest(work, step, "e2e", targets, lanes=work.lanes)
        ours = {"fusion_iot_core", *(f"odoo.addons.{addon.name}" for addon in work.addons)}
        for log in sorted(logs.glob("*/log/odoo.log")):
            with log.open(encoding="utf-8", errors="replace") as lines:
                problems = odoo_report.problems(lines, IN_TESTS + UNDER_FAULTS)
            for record in problems:
                if record.level == "WARNING" and not any(record.logger.startswith(name) for name in ours):
                    continue
                outcome.failed += 1
                outcome.told += f"\nin {log}:\n{record.text(15)}"
        return outcome


CHECK = EndToEndTests()
