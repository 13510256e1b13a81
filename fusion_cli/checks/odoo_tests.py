"""The addons' own tests, browser tours included, under pytest-odoo."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

from ..addons import Addon
from ..database.templates import SUITE_LOG
from ..report import Step
from . import browser, odoo_report
from .allowed import IN_TESTS
from .check import Check, Outcome, Work
from .pytest_run import run_pytest
from .selection import Target

LOG = "odoo-tests{}.log"
"""Name of Odoo's log; each process of pytest-xdist has one of its own."""


class OdooTests(Check):
    """pytest in a database with all addons; what Odoo logs there, and logged when they were installed, counts too."""

    order = 80
    title = "Odoo tests"

    def run(self, work: Work, step: Step) -> Outcome | None:
        """Counts of pytest; each record of a log that does not belong there counts as a failure."""
        addons = work.selection.addons(work.addons)
        if not addons:
            return None
        browser.require(work)
        work.stack.stop()
        targets = list(dict.fromkeys(target for addon in addons for target in _targets(work, addon)))
        one_file = len(targets) == 1 and _is_test_file(targets[0].path)
        outcome = run_pytest(work, step, "odoo", targets, lanes=1 if one_file else os.cpu_count() or 1)
        junit = work.log / "pytest-odoo.xml"
        if not junit.exists():
            return outcome
        ran, failed = _tests(junit)
        told = [f"{addon.name}: none of its tests ran" for addon in addons if not _has(ran, addon)]
        told += _problems(work, failed)
        outcome.failed += len(told)
        told += [f"failed, too: {test}" for test in failed if not _is_told(test, outcome.told)]
        screenshots = work.stack.state / "screenshots"
        if failed and screenshots.is_dir():
            told.append(f"Screenshots of browser tests: {screenshots}")
        outcome.told = "\n".join([*filter(None, [outcome.told]), *told])
        return outcome


def _targets(work: Work, addon: Addon) -> list[Target]:
    """A test file or the folder of the tests stands for itself, anything else for all tests of its addon."""
    tests = Path(addon.name) / "tests"
    return [
        target if target.path == tests or _is_test_file(target.path) else Target(tests)
        for target in work.selection.part(addon.name)
    ]


def _is_test_file(path: Path) -> bool:
    return path.suffix == ".py" and path.parts[1:2] == ("tests",) and path.name.startswith("test_")


def _tests(junit: Path) -> tuple[list[str], list[str]]:
    """The tests that were not skipped, and those of them that failed: `fusion_iot.tests.test_x.TestX.test_y`."""
    ran, failed = [], []
    for case in ElementTree.parse(junit).getroot().iter("testcase"):  # noqa: S314 - written by our own pytest
        name = f"{case.get('classname', '')}.{case.get('name', '')}".lstrip(".")
        if case.find("skipped") is None:
            ran.append(name)
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
    return ran, failed


def _has(tests: list[str], addon: Addon) -> bool:
    return any(test.startswith(f"{addon.name}.") for test in tests)


def _is_told(test: str, text: str) -> bool:
    return ".".join(test.split(".")[-2:]) in text or test.replace(".", "/") in text


def _problems(work: Work, failed: list[str]) -> list[str]:
    """Problems in the logs, except what the browser logged for a test that failed, which is reported already."""
    of_failed = tuple(f"odoo.addons.{test}." for test in failed)
    told: dict[str, str] = {}
    for log in (work.log / SUITE_LOG, *sorted(work.log.glob(LOG.format("*")))):
        with log.open(encoding="utf-8", errors="replace") as lines:
            for record in odoo_report.problems(lines, IN_TESTS):
                if not f"{record.logger}.".startswith(of_failed or ("-",)):
                    told.setdefault(record.text(15), f"in {log}:\n{record.text(15)}")
    return list(told.values())


CHECK = OdooTests()
