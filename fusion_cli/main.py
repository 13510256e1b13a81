"""Entry of the command: reads the arguments, runs the subcommand, prints what went wrong."""

from __future__ import annotations

import argparse
import os
import sys
import traceback

from . import commands, signals
from .problem import Interrupted, Problem

EPILOG = """\
examples:
  ./fusion run                  start everything; the first time it fetches Odoo 19
  ./fusion run --port 8069      on a port of your choice
  ./fusion test                 all checks and tests
  ./fusion test fusion_iot      those of one addon

Everything it makes lies in .fusion/ (`./fusion clean` removes it). FUSION_ODOO_PYTHON names the interpreter
of an Odoo 19 of your own. --debug (or FUSION_DEBUG=1) shows the traceback of a failure.
"""


def parser() -> argparse.ArgumentParser:
    """The argument parser with all subcommands."""
    top = argparse.ArgumentParser(
        prog="fusion",
        description="Runs, tests and measures the Fusion IoT suite on a private Odoo 19.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND")
    for command in commands.ALL:
        command.add(subparsers)
    return top


def main(argv: list[str]) -> int:
    """Run the command line and return the exit code."""
    top = parser()
    options, rest = top.parse_known_args(argv)
    if rest and not getattr(options, "takes_rest", False):
        top.error(f"unknown argument: {' '.join(rest)}")
    options.rest = rest
    if not hasattr(options, "function"):
        top.print_help()
        return 0
    debug = options.debug or os.environ.get("FUSION_DEBUG", "") not in {"", "0"}
    signals.raise_on_stop()
    try:
        return int(options.function(options))
    except Interrupted as stop:
        return 128 + stop.signum
    except Problem as problem:
        if debug:
            traceback.print_exc()
        _complain("\nfusion: " + problem.text())
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback for a user
        if debug:
            traceback.print_exc()
        _complain(
            f"\nfusion: unexpected {type(error).__name__}: {error}\nRun it again with --debug to see where."
        )
        return 1


def _complain(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        return
