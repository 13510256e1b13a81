"""The one exception that the user is meant to read."""

from __future__ import annotations

from pathlib import Path


class Problem(Exception):
    """Something that stops the command and that a person can act on.

    `message` says what is wrong, `hint` what to do, `log` where the whole story is. It is printed without a
    traceback (`--debug` shows it) and ends the command with exit code 1.
    """

    def __init__(self, message: str, hint: str = "", log: Path | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log = log

    def text(self) -> str:
        """The lines to print."""
        lines = [self.message]
        if self.hint:
            lines.append("What to do: " + self.hint)
        if self.log:
            lines.append(f"Log: {self.log}")
        return "\n".join(lines)


class Interrupted(BaseException):
    """A signal asked the command to stop (Ctrl-C, `kill`, a closed terminal)."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
