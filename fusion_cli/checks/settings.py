"""Our own table in pyproject.toml, read without a TOML parser (Python 3.10 has none)."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from ..problem import Problem

Pure = Mapping[str, frozenset[str]]
"""Folders and files that know nothing of Odoo, each with what it may import beyond the standard library."""


def pure_packages(root: Path) -> Pure:
    """What is listed in `[tool.fusion.layers]` under `pure`. Raises `Problem` where the table is gone."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(
        r"^\[tool\.fusion\.layers\]\n(?:#.*\n)*pure = (\[\n(?:    .*\n)*\])", text, re.MULTILINE
    )
    if not found:
        raise Problem("pyproject.toml has no list `pure` in [tool.fusion.layers].", "Put it back.")
    return {path: frozenset(allowed) for path, *allowed in ast.literal_eval(found.group(1))}


def outermost(pure: Pure) -> list[str]:
    """Those that lie in no other one."""
    return [path for path in pure if not any(str(parent) in pure for parent in Path(path).parents)]
