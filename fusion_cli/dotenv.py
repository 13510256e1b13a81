"""Reading and writing `.env` files: `NAME=value` lines that a shell can source as well."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")


def dump(values: Mapping[str, str]) -> str:
    """The text of the file. Values with other characters are quoted for a shell."""
    lines = []
    for name, value in values.items():
        if "\n" in value or "\0" in value:
            raise ValueError(f"{name} has a line break")
        lines.append(f"{name}={value if PLAIN.fullmatch(value) else shlex.quote(value)}\n")
    return "".join(lines)


def parse(text: str) -> dict[str, str]:
    """The values of such a file; comments and blank lines are skipped."""
    values = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#") or "=" not in line:
            continue
        name, _, value = line.removeprefix("export ").partition("=")
        parts = shlex.split(value)
        values[name.strip()] = parts[0] if parts else ""
    return values


def write(path: Path, values: Mapping[str, str]) -> None:
    """Put a file in place at once, readable by its owner only."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(dump(values))
    os.replace(fresh, path)
