"""Tests of this command itself: `tests/cli`."""

from __future__ import annotations

from .pytest_run import PytestFolder

CHECK = PytestFolder("tests/cli", 71, "tests of the command")
