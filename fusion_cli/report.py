"""Progress on the terminal: one line per step with the seconds it took, a spinner only on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from .problem import Interrupted

SPINNER = "|/-\\"
HEARTBEAT = 30.0
"""Seconds between two signs of life of a step where there is no terminal to spin on."""


class Step:
    """A piece of work in progress. `note()` tells how far it is, `result()` what came out of it."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.detail = ""
        self.failed = False
        self.dropped = False
        self.started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self.started

    def note(self, detail: str) -> None:
        """Show `detail` behind the title while the step runs."""
        self.detail = detail

    def result(self, title: str) -> None:
        """Replace the title in the closing line."""
        self.title = title

    def fail(self) -> None:
        """Let the closing line say `failed` although no exception ends the step."""
        self.failed = True

    def drop(self) -> None:
        """Print no closing line: there was nothing to do."""
        self.dropped = True


class Reporter:
    """Prints the progress of a command. Output that can no longer be written (closed terminal) is dropped."""

    def __init__(self, quiet: bool = False, stream: TextIO | None = None) -> None:
        self.quiet = quiet
        self.stream = stream or sys.stdout
        self._lock = threading.Lock()
        self._terminal = self.stream.isatty()
        self._spinning = False
        self._active: list[Step] = []

    def say(self, text: str = "") -> None:
        """Print lines that everybody is meant to see."""
        with self._lock:
            self._clear()
            self._print(text + "\n")

    def warn(self, text: str) -> None:
        """Print something that is not right but stops nothing."""
        self.say("  warning: " + text.replace("\n", "\n           "))

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Time a piece of work; its closing line says `done` or `failed`."""
        step = Step(title)
        over = threading.Event()
        self._active.append(step)
        ticker = threading.Thread(target=self._tick, args=(step, over), name="fusion-progress", daemon=True)
        ticker.start()
        outcome = "failed"
        try:
            yield step
            outcome = "failed" if step.failed else "done"
        except Interrupted:
            outcome = "stopped"
            raise
        finally:
            over.set()
            ticker.join()
            self._active.remove(step)
            if not step.dropped and (not self.quiet or outcome != "done"):
                self.say(f"  {outcome:<7} {step.seconds:6.1f} s  {step.title}")

    def _tick(self, step: Step, over: threading.Event) -> None:
        if self.quiet:
            return
        if self._terminal:
            beat = 0
            while not over.wait(0.2):
                beat += 1
                if step is not self._active[-1]:
                    continue
                text = f"  {SPINNER[beat % 4]:<7} {step.seconds:6.1f} s  {step.title}"
                self._spin(text + (f" ({step.detail})" if step.detail else ""))
            return
        if not over.wait(1.0):
            self.say(f"  ...              {step.title}")
        while not over.wait(HEARTBEAT):
            if step is not self._active[-1]:
                continue
            self.say(
                f"  ...     {step.seconds:6.1f} s  {step.title}"
                + (f" ({step.detail})" if step.detail else "")
            )

    def _spin(self, text: str) -> None:
        with self._lock:
            self._print("\r\033[K" + text[:118])
            self._spinning = True

    def _clear(self) -> None:
        if self._spinning:
            self._print("\r\033[K")
            self._spinning = False

    def _print(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except UnicodeEncodeError:
            self.stream.write(text.encode("ascii", "replace").decode())
            self.stream.flush()
        except (OSError, ValueError):
            self._terminal = False
