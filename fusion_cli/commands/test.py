"""`fusion test`: everything there is to check, or a part of it."""

from __future__ import annotations

import argparse
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from ..checks import all_checks, browser, changed
from ..checks.allowed import SKIPS
from ..checks.check import Check, Outcome, Work
from ..checks.selection import Selection
from ..problem import Problem
from ..process import ENDING
from ..project import Project
from ..report import Reporter
from ..stack import Stack
from ..testing import lanes
from ..testing.pace import pace
from ..tools import mosquitto

MODULE = re.compile(r"^.*?\btest_\w+")
"""The module in the name of a test."""
MEMORY = Path("cache") / "failed-checks"


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
    parser.add_argument(
        "--changed",
        nargs="?",
        const="HEAD",
        metavar="COMMIT",
        help="only what the changes since a commit can affect; since the last one if none is named",
    )
    parser.add_argument(
        "--durations",
        nargs="?",
        type=int,
        const=20,
        metavar="N",
        help="say at the end which files and tests took longest",
    )
    parser.add_argument(
        "--lanes",
        type=int,
        metavar="N",
        help="how many end-to-end files run at a time, each on its own stack; by default three a core, up to eight",
    )
    parser.set_defaults(function=main)


def main(options: argparse.Namespace) -> int:
    """Run the checks that apply; exit code 1 on any failure and on any skip that is not allowed."""
    began = time.monotonic()
    project = Project.here()
    report = Reporter()
    if options.lanes is not None and not 1 <= options.lanes <= lanes.MOST:
        raise Problem(f"--lanes takes a number from 1 to {lanes.MOST}.")
    selection = Selection.of(project.root, options.paths, Path.cwd())
    if options.changed:
        if options.paths:
            raise Problem("Give paths or --changed, not both.")
        selection = changed.selection(project.root, options.changed)
        report.say("\n".join(["To be tested, for what has changed:", *changed.told(selection)]))
    project.make_state()
    stack = Stack(
        project, project.state / "test", database="fusion_test", durable=False, label="test", report=report
    )
    work = Work(project, selection, stack, report, options.lanes or lanes.usual_here())
    with report.step("measuring the machine") as step:
        step.result(f"this machine: every wait may take {pace():g} times as long as on the reference")
    total = Outcome()
    bad_skips: list[str] = []
    failed: list[str] = []
    try:
        work.log.mkdir(parents=True, exist_ok=True)
        fetching = threading.Thread(target=fetch_ahead, args=[work], name="fusion-fetch", daemon=True)
        fetching.start()
        _ = work.tools
        fetching.join()
        for check, outcome in run_checks(failed_first(project, all_checks()), work):
            total.passed += outcome.passed
            total.failed += outcome.failed
            total.skipped += outcome.skipped
            total.seconds.update(outcome.seconds)
            total.failures += outcome.failures or [check.title] * bool(outcome.failed)
            failed += [check.title] * bool(outcome.failed)
            bad_skips += [name for name in outcome.skipped if not any(skip.covers(name) for skip in SKIPS)]
    finally:
        stack.stop()
    if not total.passed and not total.failed and not total.skipped:
        raise Problem(
            "Nothing of what was asked for can be tested.", "Give an addon, a test file or a folder."
        )
    remember(project, failed)
    for name in bad_skips:
        report.say(f"  skipped though it should have run: {name}")
    for name in total.failures:
        report.say(f"  failed: {name}")
    if options.durations:
        report.say("\n" + "\n".join(slowest(total.seconds, options.durations)))
    report.say(f"\nafter {time.monotonic() - began:.0f} s:")
    report.say(closing_line(total))
    return 1 if total.failed or bad_skips else 0


def run_checks(checks: list[Check], work: Work) -> Iterator[tuple[Check, Outcome]]:
    """Run them in their order, each that keeps only one core busy beside the others; yields what has come out."""
    with ThreadPoolExecutor(1, "fusion-beside") as thread:
        try:
            beside = [(check, thread.submit(run_check, check, work)) for check in checks if check.beside]
            for check in checks:
                if not check.beside and (outcome := run_check(check, work)) is not None:
                    yield check, outcome
            for check, running in beside:
                if (outcome := running.result()) is not None:
                    yield check, outcome
        except BaseException:
            ENDING.set()
            thread.shutdown(cancel_futures=True)
            raise


def fetch_ahead(work: Work) -> None:
    """Fetch what the later checks need, while the first tools are fetched. What that cannot do, the checks tell."""
    with suppress(Problem):
        if work.selection.part("tests/cli") or work.selection.part("tests/e2e"):
            mosquitto.get(work.project, work.report)
        if work.selection.part("tests/e2e") or work.selection.addons(work.addons):
            browser.require(work)


def failed_first(project: Project, checks: list[Check]) -> list[Check]:
    """The checks in their order, those before the others that failed in the run before."""
    try:
        failed = (project.state / MEMORY).read_text(encoding="utf-8").splitlines()
    except OSError:
        failed = []
    return sorted(checks, key=lambda check: check.title not in failed)


def remember(project: Project, failed: list[str]) -> None:
    """Keep the titles of the checks that failed for the next run."""
    path = project.state / MEMORY
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{title}\n" for title in failed), encoding="utf-8")


def slowest(seconds: dict[str, float], count: int) -> list[str]:
    """Lines on the slowest files and the slowest tests, by the names that JUnit files have for them."""
    files: dict[str, float] = {}
    for name, took in seconds.items():
        module = found[0] if (found := MODULE.match(name)) else name
        files[module] = files.get(module, 0.0) + took
    lines = []
    for heading, times in (("Slowest files:", files), ("Slowest tests:", seconds)):
        longest = sorted(times.items(), key=lambda item: -item[1])[:count]
        lines += [heading, *(f"  {took:7.1f} s  {name}" for name, took in longest)]
    return lines


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
