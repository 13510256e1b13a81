"""Waiting for things to happen, with an end that a slow machine does not reach."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .pace import patient
from .standstill import progress

T = TypeVar("T")


def until(condition: Callable[[], T | None], seconds: float, what: str, every: float = 0.05) -> T:
    """Return what `condition` gives as soon as it is true; an error that names `what` when it never gets so.

    `seconds` is what it takes at most on a machine with nothing else to do; the end is a good deal later. What the
    product promises to do in time is done in a block of :func:`tests.waiting.within`.
    """
    end = time.monotonic() + patient(seconds)
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {patient(seconds):g} s"
        time.sleep(every)
    progress(what)
    return found
