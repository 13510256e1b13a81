from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Sequence

from ..stack import Stack
from .figure import Figure
from .group import Bench
from .groups import all_groups


def main(stack: Stack, argv: list[str]) -> int:
    """Measure on a running stack, print a table and write `bench.json` into the project's state folder."""
    groups = all_groups()
    options = arguments(argv, [group.name for group in groups])
    bench = Bench(stack, scale=0.1 if options.quick else 1.0, rounds=options.rounds, seed=options.seed)
    figures: list[Figure] = []
    for group in groups:
        if group.name not in (options.only or [group.name for group in groups if not group.on_request]):
            continue
        for title, measure in group.measures(bench):
            with stack.report.step(f"Measuring {title}"):
                figures += measure()
    print(table(figures))
    target = stack.project.state / "bench.json"
    target.write_text(json.dumps(_document(stack, figures), indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten to {target.relative_to(stack.project.root)}.")
    return 0


def arguments(argv: list[str], groups: Sequence[str]) -> argparse.Namespace:
    """What was asked for; `groups` are the names to choose from."""
    parser = argparse.ArgumentParser(prog="fusion bench --")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, to see that it works")
    parser.add_argument(
        "--only", action="append", choices=groups, help="this group of measures; may be given several times"
    )
    parser.add_argument(
        "--rounds", type=int, default=35, help="of the ledger: how often servers are killed (default: 35)"
    )
    parser.add_argument("--seed", type=int, help="of the ledger: plays the order of another run again")
    return parser.parse_args(argv)


def table(figures: Sequence[Figure]) -> str:
    """The figures as people read them."""
    rows = [("figure", "value", "goal", "")] + [
        (figure.name, figure.text, figure.goal_text, figure.verdict) for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(["", lines[0], "-" * sum(widths, 6), *lines[1:]])


def _document(stack: Stack, figures: Sequence[Figure]) -> dict[str, object]:
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
