"""Turning signals into one exception, so that `finally` blocks stop what was started."""

from __future__ import annotations

import signal
from types import FrameType

from .problem import Interrupted

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def raise_on_stop() -> None:
    """Let Ctrl-C, `kill` and a closed terminal raise `Interrupted` in the main thread.

    A SIGHUP that the caller ignores (`nohup`) stays ignored; a SIGINT that a shell ignores for background
    jobs is handled, so that it stops this command there too.
    """

    def handle(signum: int, frame: FrameType | None) -> None:
        hold()
        raise Interrupted(signum)

    for signum in STOPPING:
        if signum == signal.SIGHUP and signal.getsignal(signum) == signal.SIG_IGN:
            continue
        signal.signal(signum, handle)


def leave_to_child() -> None:
    """Let Ctrl-C mean what the program in the foreground makes of it, and nothing to us."""
    signal.signal(signal.SIGINT, lambda signum, frame: None)


def hold() -> None:
    """Ignore further stop signals: the clean-up has begun and takes seconds."""
    for signum in STOPPING:
        signal.signal(signum, signal.SIG_IGN)
