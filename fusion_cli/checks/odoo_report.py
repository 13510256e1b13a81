"""What an Odoo log says that does not belong there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..database.odoo_log import Record, records
from .allowed import AllowedRecord, unallowed


def problems(lines: Iterable[str], allowed: tuple[AllowedRecord, ...]) -> list[Record]:
    """Warnings, errors and tracebacks of a log that nothing explains, each once, whatever numbers are in it."""
    found: dict[str, Record] = {}
    for record in records(lines):
        if (record.bad or _stray_traceback(record)) and unallowed(record, allowed):
            found.setdefault(re.sub(r"\d+", "0", f"{record.logger} {record.message}"), record)
    return list(found.values())


def _stray_traceback(record: Record) -> bool:
    return record.level == "RAW" and record.message.startswith("Traceback")
