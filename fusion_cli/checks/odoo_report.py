"""What an Odoo log says that does not belong there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..database.odoo_log import Record, records
from .allowed import AllowedRecord, unallowed


@dataclass
class OdooReport:
    """`problems` are warnings, errors and tracebacks that nothing explains, each once, whatever numbers are in it."""

    problems: list[Record]


def read(lines: Iterable[str], allowed: tuple[AllowedRecord, ...]) -> OdooReport:
    """Read a whole log."""
    found: dict[str, Record] = {}
    for record in records(lines):
        if (record.bad or _stray_traceback(record)) and unallowed(record, allowed):
            found.setdefault(re.sub(r"\d+", "0", f"{record.logger} {record.message}"), record)
    return OdooReport(list(found.values()))


def _stray_traceback(record: Record) -> bool:
    return record.level == "RAW" and record.message.startswith("Traceback")
