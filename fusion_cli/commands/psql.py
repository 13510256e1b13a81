"""`fusion psql`: PostgreSQL's own client on the suite's database."""

from __future__ import annotations

import argparse
import subprocess

from .. import signals
from ..database.cluster import OWNER
from ..process import environment
from .on_database import database_of_choice, opened


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "psql",
        help="psql on the running database (starts PostgreSQL for it if need be)",
        description="Arguments after `--` go to psql: ./fusion psql -- -c 'select 1'",
    )
    parser.add_argument(
        "--db", metavar="NAME", help="database (default: that of the running or last `fusion run`)"
    )
    parser.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="arguments for psql")
    parser.set_defaults(function=main)


def main(options: argparse.Namespace) -> int:
    """Run psql in the foreground."""
    with opened("psql") as stack:
        database = database_of_choice(stack, options.db)
        argv = [str(stack.cluster.programs / "psql"), "-h", str(stack.pg_socket), "-U", OWNER, "-d", database]
        signals.leave_to_child()
        return subprocess.run([*argv, *options.arguments], env=environment(), check=False).returncode
