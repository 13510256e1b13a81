"""Reading an Odoo log: its records, and those that say something is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

RECORD = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (?P<pid>\d+) (?P<level>[A-Z]+) (?P<database>\S+) "
    r"(?P<logger>[^\s:]+): (?P<message>.*)$"
)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
BAD = {"WARNING", "ERROR", "CRITICAL"}

AS_ROOT = "Running as user 'root' is a security risk."


@dataclass
class Record:
    """One record; `more` holds the lines that follow it (a traceback)."""

    level: str
    logger: str
    message: str
    time: str = ""
    more: list[str] = field(default_factory=list)

    @property
    def bad(self) -> bool:
        """Whether it is a warning or worse."""
        return self.level in BAD

    def text(self, lines: int = 40) -> str:
        """The record as it stands in the log, its end where it is long."""
        more = self.more[-lines:] if len(self.more) > lines else self.more
        return "\n".join([f"{self.level} {self.logger}: {self.message}", *more]).rstrip()


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The records of a log. What precedes the first one (prints, warnings of Python) comes as level `RAW`."""
    current: Record | None = None
    for raw in lines:
        line = COLOURS.sub("", raw.rstrip("\n"))
        match = RECORD.match(line)
        if match:
            if current:
                yield current
            current = Record(match["level"], match["logger"], match["message"], match["time"])
        elif current:
            # Another server that starts prints this in between, whatever stands before it.
            if line != AS_ROOT:
                current.more.append(line)
        elif line.strip():
            yield Record("RAW", "", line)
    if current:
        yield current


def wrong(lines: Iterable[str]) -> list[Record]:
    """The records that are a warning or worse."""
    return [record for record in records(lines) if record.bad]
