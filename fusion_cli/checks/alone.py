"""Addons that people install on their own: each has to work without the rest of the suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from ..addons import Addon
from ..database.templates import Templates
from ..problem import Problem
from ..process import ENDING
from ..report import Step
from . import odoo_report
from .allowed import IN_TESTS
from .check import Check, Outcome, Work

DATABASE = "fusion_alone"


class Alone(Check):
    """Installs each with what it depends on, and nothing else of the suite: all other tests have all of it."""

    order = 65
    title = "addons alone"

    def run(self, work: Work, step: Step) -> Outcome | None:
        """Each passes or fails; a warning in the log fails, too."""
        addons = [addon for addon in on_top(work.addons) if work.selection.part(addon.name)]
        if not addons:
            return None
        outcome = Outcome()
        work.stack.open()
        provision = work.stack.provision
        templates = Templates(provision)
        base = templates.base()
        with _beside(templates.suite):
            for addon in addons:
                step.note(addon.name)
                provision.copy(base, DATABASE)
                log = provision.load(
                    DATABASE,
                    f"Installing {addon.name} alone",
                    demo=True,
                    install=[addon.name],
                    log_name=f"alone-{addon.name}.log",
                )
                with log.open(encoding="utf-8", errors="replace") as lines:
                    problems = odoo_report.problems(lines, IN_TESTS)
                outcome.passed += not problems
                outcome.failed += bool(problems)
                outcome.told += "".join(f"\nin {log}:\n{record.text(15)}" for record in problems)
            provision.drop(DATABASE)
        return outcome


@contextmanager
def _beside(prepare: Callable[[], object]) -> Iterator[None]:
    """Have what the later checks need prepared meanwhile, as an install keeps one core busy.

    Where that cannot be done, they try again and tell.
    """
    with ThreadPoolExecutor(1, "fusion-suite") as thread:
        preparing = thread.submit(prepare)
        try:
            yield
        except Problem:
            raise
        except BaseException:
            ENDING.set()
            raise
        with suppress(Problem):
            preparing.result()


def on_top(addons: list[Addon]) -> list[Addon]:
    """Those that no other one depends on."""
    needed = {name for addon in addons for name in addon.depends}
    return [addon for addon in addons if addon.name not in needed]


CHECK = Alone()
