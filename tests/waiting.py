"""Waiting for things to happen, with an end that a slow machine does not reach, and what the product promises."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from fusion_cli.testing.pace import patient, promised
from fusion_cli.testing.watch import progress

T = TypeVar("T")


def until(condition: Callable[[], T | None], seconds: float, what: str, every: float = 0.05) -> T:
    """Return what `condition` gives as soon as it is true; an error that names `what` when it never gets so.

    `seconds` is what it takes at most on a machine with nothing else to do; the end is a good deal later. What the
    product promises to do in time is done in a block of :func:`within`.
    """
    end = time.monotonic() + patient(seconds)
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {patient(seconds):g} s"
        time.sleep(every)
    progress(what)
    return found


def accepts(port: int) -> bool:
    """Whether somebody takes connections there now."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), patient(2)):
        return True
    return False


@contextmanager
def within(seconds: float, what: str) -> Iterator[Callable[[], float]]:
    """A block that the product promises to get through in so many seconds; an error that names `what` if it does not.

    Gives a function for the seconds since its beginning.
    """
    began = time.monotonic()

    def taken() -> float:
        return time.monotonic() - began

    yield taken
    took = taken()
    assert took <= promised(seconds), f"{what}: only after {took:.1f} s, not within {promised(seconds):g} s"
