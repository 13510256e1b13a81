"""`fusion test`: everything there is to check, or a part of it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ..checks import all_checks
from ..checks.allowed import SKIPS
from ..checks.check import Check, Outcome, Work
from ..checks.selection import Selection
from ..problem import Problem
from ..project import Project
from ..report import Reporter
from ..stack import Stack


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "test",
        help="run all checks and tests, or those of the given paths",
        description="Lint, format, types, layers, layout of the addons, unit tests, Odoo tests with browser "
        "tours, end-to-end tests against a server of its own. Does not disturb a running `fusion run`.",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="an addon (fusion_iot), a test file (fusion_iot/tests/test_x.py) or a folder (tests/unit)",
    )
    parser.set_defaults(function=main)


def main(options: argparse.Namespace) -> int:
    """Run the checks that apply; exit code 1 on any failure and on any skip that is not allowed."""
    began = time.monotonic()
    project = Project.here()
    report = Reporter()
    selection = Selection.of(project.root, options.paths, Path.cwd())
    project.make_state()
    stack = Stack(project, project.state / "test", database="fusion_test", label="test", report=report)
    work = Work(project, selection, stack, report)
    total = Outcome()
    bad_skips: list[str] = []
    try:
        work.log.mkdir(parents=True, exist_ok=True)
        _ = work.tools
        for check in all_checks():
            outcome = run_check(check, work)
            if outcome is None:
                continue
            total.passed += outcome.passed
            total.failed += outcome.failed
            total.skipped += outcome.skipped
            bad_skips += [name for name in outcome.skipped if not any(skip.covers(name) for skip in SKIPS)]
    finally:
        stack.stop()
    if not total.passed and not total.failed and not total.skipped:
        raise Problem(
            "Nothing of what was asked for can be tested.", "Give an addon, a test file or a folder."
        )
    for name in bad_skips:
        report.say(f"  skipped though it should have run: {name}")
    report.say(f"\nafter {time.monotonic() - began:.0f} s:")
    report.say(closing_line(total))
    return 1 if total.failed or bad_skips else 0


def run_check(check: Check, work: Work) -> Outcome | None:
    """Run one check with its line of progress, and show what it has to tell."""
    outcome: Outcome | None = None
    with work.report.step(check.title) as step:
        try:
            outcome = check.run(work, step)
        except Problem as problem:
            outcome = Outcome(failed=1, told=problem.text())
        if outcome is None:
            step.drop()
            return None
        counts = [f"{outcome.passed} passed", f"{outcome.failed} failed", f"{len(outcome.skipped)} skipped"]
        step.result(f"{check.title}: {', '.join(text for text in counts if not text.startswith('0 '))}")
        if outcome.failed:
            step.fail()
    if outcome.failed:
        work.report.say("\n".join("      " + line for line in outcome.told.splitlines()))
        if outcome.log:
            work.report.say(f"      Log: {outcome.log}")
    return outcome


def closing_line(total: Outcome) -> str:
    """The last line of the command."""
    return f"{total.passed} passed, {total.failed} failed, {len(total.skipped)} skipped"
