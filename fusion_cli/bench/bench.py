from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable

from ..stack import Stack
from .measures import Figure, Measures


def main(stack: Stack, argv: list[str]) -> int:
    """Measure on a running stack, print a table and write `bench.json` into the project's state folder."""
    parser = argparse.ArgumentParser(prog="fusion bench --")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, to see that it works")
    options = parser.parse_args(argv)
    measures = Measures(stack, scale=0.1 if options.quick else 1.0)
    steps: list[tuple[str, Callable[[], list[Figure]]]] = [
        ("single posts", measures.single_posts),
        ("batches of 1,000", measures.batches),
        ("queries a batch", measures.queries),
        ("memory over 1,000,000 readings", measures.memory),
    ]
    figures: list[Figure] = []
    for title, step in steps:
        with stack.report.step(f"Measuring {title}"):
            figures += step()
    print(_table(figures))
    target = stack.project.state / "bench.json"
    target.write_text(json.dumps(_document(stack, figures), indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten to {target.relative_to(stack.project.root)}.")
    return 0


def _table(figures: list[Figure]) -> str:
    rows = [("figure", "value", "goal", "")] + [
        (figure.name, figure.text, figure.goal_text, figure.verdict) for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(["", lines[0], "-" * sum(widths, 6), *lines[1:]])


def _document(stack: Stack, figures: list[Figure]) -> dict[str, object]:
    return {
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "workers": stack.workers,
        "figures": {
            figure.name: {"value": figure.value, "unit": figure.unit, "goal": figure.goal}
            for figure in figures
        },
    }
