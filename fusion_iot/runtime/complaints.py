"""What goes wrong again and again, said once."""

from __future__ import annotations

import logging
import sys
import traceback

from .transient import in_words


class Complaints:
    """Says the same thing once, until it is over."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._said: dict[object, str] = {}

    def say(self, about: object, text: str, error: BaseException, *, level: int = logging.ERROR) -> None:
        """Log an error; what a person has to look into comes with its traceback."""
        words = in_words(error)
        if self._said.get(about) != text + words:
            self._said[about] = text + words
            trace = error if level >= logging.ERROR else None
            self._logger.log(level, "%s: %s", text, words, exc_info=trace)

    def blocked(self, about: object, text: str, thread: int | None) -> None:
        """Log that something does not come to an end, and where in its code it is."""
        if self._said.get(about) != text:
            self._said[about] = text
            self._logger.warning("%s%s", text, _place(thread))

    def over(self, about: object) -> None:
        """It works again."""
        self._said.pop(about, None)


def _place(thread: int | None) -> str:
    frame = sys._current_frames().get(thread or 0)
    return ":\n" + "".join(traceback.format_stack(frame)).rstrip() if frame else ""
