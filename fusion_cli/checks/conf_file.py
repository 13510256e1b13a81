"""odoo.conf: every option in it is one that this Odoo knows (it would only warn about a misspelt one)."""

from __future__ import annotations

import configparser
from pathlib import Path

from ..problem import Problem
from ..report import Step
from ..tools.ask import ask
from .check import Check, Outcome, Work

FILE = "odoo.conf"
KNOWN = "from odoo.tools import config; print(*config.options_index)"


class ConfFile(Check):
    """The configuration for production that the repository carries."""

    order = 61
    title = FILE

    def run(self, work: Work, step: Step) -> Outcome | None:
        """One thing that passes or fails; a checkout without the file fails."""
        if not work.selection.everything and not work.selection.part(FILE):
            return None
        answer = ask(work.stack.odoo_python, "-c", KNOWN)
        if answer.trouble:
            raise Problem(f"Odoo does not tell its options: {answer.trouble}.")
        faults = faults_of(work.project.root / FILE, set(answer.said.split()))
        return Outcome(passed=int(not faults), failed=int(bool(faults)), told="\n".join(faults))


def faults_of(path: Path, known: set[str]) -> list[str]:
    """What is wrong with a configuration file, given the names of all options."""
    parser = configparser.RawConfigParser()
    try:
        if not parser.read(path, encoding="utf-8"):
            return [f"{path.name} is missing"]
    except configparser.Error as error:
        return [f"{path.name} cannot be read: {error}"]
    if parser.sections() != ["options"]:
        return [f"{path.name} has to have one section, [options]; Odoo reads no other"]
    return [
        f"{path.name}: Odoo knows no option {name}" for name in parser.options("options") if name not in known
    ]


CHECK = ConfFile()
