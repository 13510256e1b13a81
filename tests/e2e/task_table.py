"""The table of the tasks at the end of a run: who did what, with how many clicks, with demo data and without."""

from __future__ import annotations

import pytest

TASK = "task"
"""Name of the property of a test that holds a row: task, login, width of the screen, demo data, clicks, seconds."""


def table(rows: list[list[object]]) -> list[str]:
    """Lines with a row for each task; for its databases the clicks and, in brackets, the seconds of the script."""
    found: dict[tuple[object, ...], dict[object, str]] = {}
    for *what, demo, clicks, seconds in rows:
        found.setdefault(tuple(what), {})[demo] = f"{clicks} ({seconds} s)"
    lines = [f"{'task':52}{'user':12}{'px':>6}{'demo data':>16}{'no demo data':>16}"]
    for (task, login, width), told in found.items():
        lines.append(f"{task:52}{login:12}{width:6}{told.get(True, ''):>16}{told.get(False, ''):>16}")
    return lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print it, if there were tasks."""
    reports = [report for told in terminalreporter.stats.values() for report in told]
    calls = [report for report in reports if getattr(report, "when", "") == "call"]
    rows = [row for report in calls for name, row in report.user_properties if name == TASK]
    if rows:
        terminalreporter.section("tasks: clicks (seconds)")
        for line in table(rows):
            terminalreporter.write_line(line)
