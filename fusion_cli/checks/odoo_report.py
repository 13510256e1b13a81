"""What the log of an Odoo test run says: tests that ran, failed, were skipped, and what else went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..database.odoo_log import Record, records
from .allowed import AllowedRecord, unallowed

STARTING = re.compile(r"Starting (?P<test>\S+) \.\.\.")
FAILED = re.compile(r"(?:FAIL|ERROR): (?:Subtest )?(?P<test>\S+)")
SKIPPED = re.compile(r"skipped (?P<test>\S+) : (?P<reason>.*)")
CLOSING = re.compile(r"\d+ failed, \d+ error\(s\) of \d+ tests")
MODULE = re.compile(r"odoo\.addons\.(?P<module>[^.]+)\.")


@dataclass
class OdooReport:
    """Names are `logger: Class.method`; `problems` are bad records that are not about a failed test."""

    started: set[str] = field(default_factory=set)
    failed: dict[str, Record] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    problems: list[Record] = field(default_factory=list)
    closed: bool = False

    @property
    def passed(self) -> int:
        """Number of tests that ran through."""
        return len(self.started - set(self.failed) - set(self.skipped))

    def modules(self) -> set[str]:
        """Addons of which at least one test was started."""
        return {match["module"] for name in self.started if (match := MODULE.match(name))}


def read(lines: Iterable[str], allowed: tuple[AllowedRecord, ...]) -> OdooReport:
    """Read a whole log. `closed` tells whether Odoo came to the end of the run."""
    report = OdooReport()
    seen: set[str] = set()
    for record in records(lines):
        if CLOSING.search(record.message):
            report.closed = True
        elif match := STARTING.match(record.message):
            report.started.add(f"{record.logger}: {match['test']}")
        elif match := SKIPPED.match(record.message):
            report.skipped[f"{record.logger}: {match['test']}"] = match["reason"]
        elif record.bad and (match := FAILED.match(record.message)):
            report.failed.setdefault(f"{record.logger}: {match['test']}", record)
        elif (record.bad or _stray_traceback(record)) and unallowed(record, allowed):
            key = re.sub(r"\d+", "0", f"{record.logger} {record.message}")
            if key not in seen:
                seen.add(key)
                report.problems.append(record)
    of_failed = tuple(name.replace(": ", ".") for name in report.failed)
    report.problems = [
        record for record in report.problems if not record.logger.startswith(of_failed or ("-",))
    ]
    return report


def _stray_traceback(record: Record) -> bool:
    return record.level == "RAW" and record.message.startswith("Traceback")
