"""What a check is, what it is given and what it gives back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..addons import Addon
from ..process import environment, run
from ..project import Project
from ..report import Reporter, Step
from ..stack import Stack
from ..tools import dev_tools
from .selection import Selection


@dataclass
class Outcome:
    """How many things passed, failed and were skipped; `told` is what a person needs to see of the failures.

    `skipped` names each skipped test with its reason; `seconds` maps tests to how long each took, and
    `failures` names those that failed.
    """

    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    told: str = ""
    log: Path | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


@dataclass
class Work:
    """What a check works on: the checkout, the part that was asked for, and a stack that is not started."""

    project: Project
    selection: Selection
    stack: Stack
    report: Reporter
    lanes: int = 1
    """How many stacks the end-to-end tests may have side by side."""

    @property
    def addons(self) -> list[Addon]:
        """All addons of the suite."""
        return self.stack.addons

    @property
    def log(self) -> Path:
        """Folder of the logs of the checks."""
        return self.stack.log

    @cached_property
    def tools(self) -> Path:
        """Folder with the programs of the development environment."""
        return dev_tools.get(self.project, self.stack.odoo, self.report)

    def tool(
        self, name: str, arguments: list[object], step: Step, *, env: dict[str, str] | None = None
    ) -> Outcome:
        """Run a tool whose exit code tells whether all is well; counts as one thing that passed or failed."""
        log = self.log / (
            "-".join([name, *(str(part) for part in arguments[:1] if str(part).isalpha())]) + ".log"
        )
        code = run(
            [self.tools / name, *arguments],
            log,
            what=name,
            cwd=self.project.root,
            env=environment(env),
            check=False,
            on_line=lambda line: step.note(line[:60]),
        )
        if not code:
            return Outcome(passed=1)
        text = log.read_text(encoding="utf-8", errors="replace").split("\n", 1)[1]
        return Outcome(failed=1, told=_shorten(text), log=log)


class Check(ABC):
    """One check. `order` sorts them: quick and basic ones first.

    :cvar beside: it keeps one core busy and needs neither a database nor the ports of a server: it runs beside the
        others
    """

    order: int
    title: str
    beside = False

    @abstractmethod
    def run(self, work: Work, step: Step) -> Outcome | None:
        """Do it; None where there is nothing to check in the part that was asked for."""


def _shorten(text: str, lines: int = 60) -> str:
    parts = text.rstrip().splitlines()
    if len(parts) <= lines:
        return "\n".join(parts)
    return "\n".join([*parts[:lines], f"... and {len(parts) - lines} more lines"])
