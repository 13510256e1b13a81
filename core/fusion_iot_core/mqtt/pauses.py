"""How long to wait before the next attempt to connect."""

from __future__ import annotations

import random

FIRST_S = 0.5
LONGEST_S = 30.0
LONGEST_TO_KNOWN_S = 3.8
"""With the jitter, less than the five seconds that people are told."""
LASTING_S = 20.0
STEADY_AFTER_S = 30.0
SOME_SECONDS_S = 2.0


class Pauses:
    """Growing pauses; short ones for a broker that has taken us before, since devices wait for its return with us."""

    def __init__(self) -> None:
        self._next = FIRST_S
        self._known = False

    def after(self, lasted: float | None, *, lasting: bool, evicted: bool) -> float:
        """Seconds to wait, with some jitter.

        :param lasted: seconds for which there was a connection; ``None`` where there was none
        :param lasting: a person has to correct something
        :param evicted: another client took our place: to push it off again at once would go on for ever
        """
        self._known = (self._known or lasted is not None) and not lasting
        longest = LONGEST_TO_KNOWN_S if self._known and not evicted else LONGEST_S
        if lasted is not None and lasted >= (STEADY_AFTER_S if evicted else SOME_SECONDS_S):
            self._next = FIRST_S
        pause = min(self._next, longest)
        self._next = min(2 * pause, LONGEST_S)
        return max(pause, LASTING_S if lasting else 0.0) * random.uniform(0.7, 1.3)
