"""The browser of the tours: Chromium or Chrome, installed from Debian where it is missing."""

from __future__ import annotations

import shutil

from ..problem import Problem
from ..tools import system_packages
from ..tools.ask import ask
from .check import Work

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
"""What Odoo's test runner looks for; it takes the first that is there."""


def require(work: Work) -> None:
    """Make a browser be there; raises `Problem` where that takes root."""
    trouble = trouble_with_it()
    if not trouble:
        return
    wanted = "Chromium, in which the browser tests run,"
    system_packages.require(["chromium"], wanted, work.log, work.report, passed_over=[trouble])
    if trouble := trouble_with_it():
        raise Problem(
            f"Chromium was installed, but cannot be used.\n  {trouble}",
            "Repair or remove the one that does not run, or put the folder of `chromium` on PATH.",
        )


def trouble_with_it() -> str:
    """Why Odoo will not find a browser that runs; empty where it will."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        return f"None of {', '.join(NAMES)} is on PATH; a link with one of these names will do as well."
    answer = ask(program, "--version")
    return f"{program}, which Odoo would take, does not run: {answer.trouble}." if answer.trouble else ""
