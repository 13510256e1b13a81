"""The browser of the tours: Chromium or Chrome, installed from Debian where it is missing."""

from __future__ import annotations

import shutil

from ..problem import Problem
from ..tools import system_packages
from .check import Work

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
"""What Odoo's test runner looks for."""


def require(work: Work) -> None:
    """Make a browser be there; raises `Problem` where that takes root."""
    if any(shutil.which(name) for name in NAMES):
        return
    system_packages.require(["chromium"], "Chromium, in which the browser tests run,", work.log, work.report)
    if not any(shutil.which(name) for name in NAMES):
        raise Problem("Chromium was installed, but it is not on PATH.")
