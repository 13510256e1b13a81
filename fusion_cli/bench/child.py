"""Processes of the benchmark beside the one that measures."""

from __future__ import annotations

import signal

from ..signals import STOPPING


def leave_stopping_to_parent() -> None:
    """Ctrl-C is for the parent, which ends its children by SIGTERM: that one ends a child without a word."""
    for signum in STOPPING:
        signal.signal(signum, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
