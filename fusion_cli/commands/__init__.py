"""The subcommands. A module here has `add(subparsers)`, which registers its parser and its function."""

from __future__ import annotations

from . import bench, clean, parse, psql, run, shell, test

ALL = (run, test, shell, psql, parse, bench, clean)
