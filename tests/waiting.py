"""Waiting for things to happen, with an end that a slow machine does not reach, and what the product promises."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from fusion_cli.testing.pace import patient, promised
from fusion_cli.testing.waiting import until

__all__ = ["accepts", "until", "within"]


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
