"""Odoo's own runner on the addons: installed from nothing with their tests, browser tours included."""

from __future__ import annotations

from pathlib import Path

from .. import ports
from ..addons import Addon
from ..database.templates import Templates
from ..process import run
from ..report import Step
from . import browser, odoo_report
from .allowed import IN_TESTS
from .check import Check, Outcome, Work

DATABASE = "fusion_test"


class OdooTests(Check):
    """At-install and post-install tests; the log must be clean too."""

    order = 80
    title = "Odoo tests"

    def run(self, work: Work, step: Step) -> Outcome | None:
        """Counts of tests; each record of the log that does not belong there counts as a failure."""
        addons = work.selection.addons(work.addons)
        if not addons:
            return None
        browser.require(work)
        stack = work.stack
        stack.open()
        log = work.log / "odoo-tests.log"
        provision = stack.provision
        step.note("preparing the database")
        provision.copy(Templates(provision).base(), DATABASE)
        config = provision.write_conf(DATABASE, demo=True)
        counted = 0

        def note(line: str) -> None:
            nonlocal counted
            if odoo_report.STARTING.search(line):
                counted += 1
                step.note(f"test {counted}")

        code = run(
            [
                *stack.odoo.command("-c", config, "-d", DATABASE),
                *("-i", ",".join(addon.name for addon in addons)),
                *("--test-enable", "--test-tags", ",".join(_tags(work, addons)), "--stop-after-init"),
                *("--http-port", str(ports.free(1)[0]), "--screenshots", str(stack.state / "screenshots")),
            ],
            log,
            what="Odoo's test run",
            cwd=work.project.root,
            on_line=note,
            check=False,
        )
        with log.open(encoding="utf-8", errors="replace") as lines:
            report = odoo_report.read(lines, IN_TESTS)
        return _outcome(work, report, addons, code, log)


def _tags(work: Work, addons: list[Addon]) -> list[str]:
    """A test file selects itself, anything else its whole addon."""
    tags = []
    for addon in addons:
        targets = work.selection.part(addon.name)
        files = [target.path for target in targets if _is_test_file(target.path)]
        if files and len(files) == len(targets):
            tags += [f"/{path}" for path in files]
        else:
            tags.append(f"/{addon.name}")
    return tags


def _is_test_file(path: Path) -> bool:
    return path.suffix == ".py" and path.parts[1:2] == ("tests",) and path.name.startswith("test_")


def _outcome(
    work: Work, report: odoo_report.OdooReport, addons: list[Addon], code: int, log: Path
) -> Outcome:
    told = [f"{name}\n{record.text()}" for name, record in report.failed.items()]
    told += [f"in the log: {record.text(15)}" for record in report.problems]
    if not report.closed:
        told.append(f"Odoo's test run did not come to its end (exit code {code}).")
    ran = report.modules()
    told += [f"{addon.name}: none of its tests ran" for addon in addons if addon.name not in ran]
    if code and not told:
        told.append(f"Odoo ended with exit code {code}.")
    screenshots = work.stack.state / "screenshots"
    if report.failed and screenshots.is_dir():
        told.append(f"Screenshots of browser tests: {screenshots}")
    skipped = [f"{name}: {reason}" for name, reason in report.skipped.items()]
    failed = len(told) - (1 if report.failed and screenshots.is_dir() else 0)
    return Outcome(report.passed, failed, skipped, "\n".join(told), log)


CHECK = OdooTests()
