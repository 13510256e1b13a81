"""`fusion shell`: Odoo's Python shell on the suite's database."""

from __future__ import annotations

import argparse
import subprocess

from .. import signals
from ..process import environment
from .on_database import database_of_choice, opened


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "shell",
        help="odoo shell on the running database (starts PostgreSQL for it if need be)",
        description="A Python prompt with `env`. Changes are kept after `env.cr.commit()`. Reads a script "
        "from standard input where that is not a terminal.",
    )
    parser.add_argument(
        "--db", metavar="NAME", help="database (default: that of the running or last `fusion run`)"
    )
    parser.set_defaults(function=main)


def main(options: argparse.Namespace) -> int:
    """Run the shell in the foreground."""
    with opened("shell") as stack:
        database = database_of_choice(stack, options.db)
        config = stack.provision.write_conf(database, demo=False)
        argv = stack.odoo.command("shell", "-c", config, "-d", database, "--no-http", "--log-level", "warn")
        signals.leave_to_child()
        return subprocess.run(argv, env=environment(), check=False).returncode
