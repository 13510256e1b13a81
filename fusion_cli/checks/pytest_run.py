"""Running pytest and counting what it did."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

from ..process import environment, run, with_this_command
from ..report import Step
from ..testing import live, standstill
from .check import Check, Outcome, Work
from .selection import Target


def run_pytest(
    work: Work,
    step: Step,
    name: str,
    targets: list[Target],
    *,
    options: tuple[str, ...] = (),
    lanes: int = 1,
) -> Outcome:
    """Run pytest on the targets in the development environment, their files spread over so many processes.

    What failed last time comes first. Counts come from its JUnit file.
    """
    log = work.log / f"pytest-{name}.log"
    junit = work.log / f"pytest-{name}.xml"
    junit.unlink(missing_ok=True)
    for left in work.log.glob("standstill-*.txt"):
        left.unlink()
    # One file is one lane's, as its fixtures are; in the order in which they were collected, the longest first.
    spread = (
        ("-n", lanes, "--dist", "loadfile", "--no-loadscope-reorder") if lanes > 1 else ("-p", "no:xdist")
    )

    def on_line(line: str) -> None:
        told = line.partition(live.MARK)[2]
        if told.startswith(live.FAILED):
            work.report.say(f"      {told}")
        elif told:
            step.note(told)

    code = run(
        [
            *(work.tools / "python", "-m", "pytest", "--color=no", "-v", "--live", "--ff"),
            *(f"--junitxml={junit}", *spread, *options),
            *(target.argument() for target in targets),
        ],
        log,
        what=f"pytest {name}",
        cwd=work.project.root,
        env=environment(
            {
                **with_this_command(work.project.root),
                "HYPOTHESIS_STORAGE_DIRECTORY": str(work.project.state / "cache" / "hypothesis"),
                standstill.FOLDER: str(work.log),
            }
        ),
        check=False,
        # The watch in the processes ends a test that hangs; this is for what is not a test.
        patience=2 * standstill.limit(),
        on_line=on_line,
    )
    outcome = read_junit(junit) if junit.exists() else Outcome()
    outcome.log = log
    if code and not outcome.failed:
        outcome.failed = 1
    if not outcome.passed and not outcome.failed and not outcome.skipped:
        outcome.failed = 1
    if outcome.failed:
        outcome.told = _summary(log)
    return outcome


def read_junit(path: Path) -> Outcome:
    """The counts in a JUnit file; a test with several troubles counts once."""
    outcome = Outcome()
    for case in ElementTree.parse(path).getroot().iter("testcase"):  # noqa: S314 - written by our own pytest
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        outcome.seconds[name] = outcome.seconds.get(name, 0.0) + float(case.get("time", 0))
        if case.find("failure") is not None or case.find("error") is not None:
            outcome.failed += 1
            outcome.failures.append(name)
        elif (skip := case.find("skipped")) is not None:
            outcome.skipped.append(f"{name}: {skip.get('message', '')}")
        else:
            outcome.passed += 1
    return outcome


def _summary(log: Path, lines: int = 80) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    starts = [start for heading in ("= ERRORS =", "= FAILURES =") if (start := text.find(heading)) >= 0]
    if starts:
        return "\n".join(text[min(starts) :].splitlines()[1 : lines + 1])
    return "\n".join(text.splitlines()[-lines:])


class PytestFolder(Check):
    """The tests of one folder, which need neither Odoo nor a database.

    :cvar processes: how many run on each core
    """

    processes = 1

    def __init__(self, folder: str, order: int, title: str) -> None:
        self.folder = folder
        self.order = order
        self.title = title

    def run(self, work: Work, step: Step) -> Outcome | None:
        """Counts of pytest; None where nothing of the folder is selected."""
        targets = work.selection.part(self.folder)
        if not targets:
            return None
        name = Path(self.folder).name
        return run_pytest(work, step, name, targets, lanes=self.processes * (os.cpu_count() or 1))
