"""The log: on stderr, as the journal or a person wants it."""

from __future__ import annotations

import logging
import os
import sys

PACKAGES = ("fusion_probe_agent", "fusion_iot_core")
_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _ForJournal(logging.Formatter):
    """The journal has the time itself and wants the priority before each line."""

    def format(self, record: logging.LogRecord) -> str:
        mark = f"<{_PRIORITY.get(record.levelno, 5)}>"
        return "\n".join(mark + line for line in super().format(record).splitlines())


def set_up(level: str) -> None:
    """Write the log of this program to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    if os.environ.get("JOURNAL_STREAM"):
        handler.setFormatter(_ForJournal("%(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name in PACKAGES:
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level.upper())
