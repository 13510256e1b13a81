"""Tests of the pure core: `tests/unit`."""

from __future__ import annotations

from .pytest_run import PytestFolder

CHECK = PytestFolder("tests/unit", 70, "unit tests")
