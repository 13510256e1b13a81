"""`fusion bench`: measures the suite on a stack of its own."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from ..problem import Problem
from ..project import Project
from ..report import Reporter
from ..stack import Stack
from ..tools import odoo_source


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "bench",
        help="measure the ways of a reading, by HTTP and MQTT (table here, numbers in .fusion/bench.json)",
        description="Starts a stack of its own, so that the data of `fusion run` is left alone. Stop that one: "
        "it would take part of the processors that are measured.",
    )
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="prefork with N workers")
    parser.add_argument(
        "arguments", nargs="*", metavar="ARGUMENT", help="for the benchmark (--quick, --only mqtt)"
    )
    parser.set_defaults(function=main, takes_rest=True)


def main(options: argparse.Namespace) -> int:
    """Start a stack in `.fusion/bench`, hand it to the benchmark, stop it."""
    project = Project.here()
    if not (project.root / "fusion_cli" / "bench" / "__init__.py").exists():
        raise Problem("This checkout has no benchmark (fusion_cli/bench).")
    report = Reporter()
    _use_odoo_python(project, report)
    bench = importlib.import_module("fusion_cli.bench")
    stack = Stack(
        project,
        project.state / "bench",
        database="fusion_bench",
        fresh=True,
        workers=options.workers,
        label="bench",
        report=report,
    )
    with stack:
        return int(bench.main(stack, [*options.arguments, *options.rest]) or 0)


def _use_odoo_python(project: Project, report: Reporter) -> None:
    """Go on in the interpreter that has psycopg2, which the standard library has not."""
    project.make_state()
    python = odoo_source.get(project, report).python
    if os.path.realpath(sys.prefix) == os.path.realpath(python.parent.parent):
        return
    sys.stdout.flush()
    os.execv(python, [str(python), str(project.root / "fusion"), *sys.argv[1:]])  # noqa: S606 - replaces this process
