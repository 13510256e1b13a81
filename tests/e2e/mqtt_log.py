"""What the server writes into its log meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class OdooLog:
    """The log of the stack's server."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def lines(self) -> Iterator[Callable[[str], list[str]]]:
        """Gives a function for the lines that came since, with a text in them."""
        start = self.path.stat().st_size

        def found(text: str = "") -> list[str]:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                file.seek(start)
                return [line.rstrip("\n") for line in file if text in line]

        yield found
