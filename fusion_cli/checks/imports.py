"""Reading the imports of a Python file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Import:
    """One imported module: `level` counts the leading dots, `names` what is taken from it."""

    line: int
    module: str
    level: int
    names: tuple[str, ...] = ()


def imports_of(source: str, filename: str = "<source>") -> Iterator[Import]:
    """All imports of a file, wherever they stand, with those by `import_module("literal")`."""
    for node in ast.walk(ast.parse(source, filename)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, 0)
        elif isinstance(node, ast.ImportFrom):
            yield Import(
                node.lineno, node.module or "", node.level, tuple(alias.name for alias in node.names)
            )
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in {"import_module", "__import__"} and isinstance(node.args[0].value, str):
                yield Import(node.lineno, node.args[0].value, 0)
