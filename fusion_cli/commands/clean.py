"""`fusion clean`: removes what the command made."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from ..lock import StateLock
from ..problem import Problem
from ..project import Project
from ..report import Reporter

TOOLS = ("odoo", "venv", "dev", "box-python", "mosquitto", "lock")
"""What takes long to fetch and holds no data of the user: kept unless `--all`."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "clean",
        help="remove the databases and logs (with --all also Odoo and the Python packages)",
        description="Removes the databases, files and logs in .fusion/. Odoo and the Python environments are "
        "kept unless --all is given. Packages that were installed system-wide stay.",
    )
    parser.add_argument("--all", action="store_true", help="remove the whole .fusion folder")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(function=main)


def main(options: argparse.Namespace) -> int:
    """Ask, then remove; refuses while a command uses the state folder."""
    state = Project.here().state
    report = Reporter()
    if not state.exists():
        report.say("There is nothing to remove.")
        return 0
    parts = [path for path in sorted(state.iterdir()) if options.all or path.name not in TOOLS]
    parts = [path for path in parts if path.name != "lock"]
    with StateLock(state, "clean"):
        if not parts:
            report.say("There is nothing to remove.")
            return 0
        if not options.yes and not _agreed(state, parts):
            report.say("Nothing was removed.")
            return 1
        with report.step("Removing " + ("everything" if options.all else "databases and logs")):
            for path in parts:
                _remove(path)
    if options.all:
        shutil.rmtree(state, ignore_errors=True)
    return 0


def _agreed(state: Path, parts: list[Path]) -> bool:
    print(f"This removes from {state}: {', '.join(path.name for path in parts)}.")
    if not sys.stdin.isatty():
        raise Problem("There is no terminal to ask on.", "Say --yes to remove it without a question.")
    return input("All data in it is lost. Go on? [y/N] ").strip().lower() in {"y", "yes"}


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise Problem(
            f"{path} cannot be removed: {error.strerror}.", "Remove it as the user who made it."
        ) from error
