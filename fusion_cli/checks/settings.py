"""Our own table in pyproject.toml, read without a TOML parser (Python 3.10 has none)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from ..problem import Problem


def pure_packages(root: Path) -> list[str]:
    """The folders listed in `[tool.fusion.layers]` under `pure`. Raises `Problem` where the table is gone."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r"^\[tool\.fusion\.layers\]\n(?:#.*\n)*pure = (\[[^\]]*\])", text, re.MULTILINE)
    if not found:
        raise Problem("pyproject.toml has no list `pure` in [tool.fusion.layers].", "Put it back.")
    return list(ast.literal_eval(found.group(1)))
