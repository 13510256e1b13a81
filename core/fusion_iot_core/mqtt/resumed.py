"""Messages that a broker sends once more as if they were new.

A broker that was killed comes back with what it had saved some seconds before: also with messages that we have
acknowledged since. It sends these under new packet identifiers and does not mark them as duplicates, so that the
receipts do not know them. What gives them away is their order: they are a run of what was committed before, and the
first that the broker sends of its queue.
"""

from __future__ import annotations

from collections.abc import Sequence

from .inbound import Inbound
from .receipts import Receipts

ENOUGH = 3
"""A run counts where so many of its messages were committed only once, in all the time that is remembered: a probe
that repeats its values tells nothing by them, and must not lose a reading."""
SAVED_WITHIN_S = 60.0
"""A broker that saves more rarely than this loses more than anybody can put right."""
MOST_SEARCHED = 100


class Resumed:
    """Finds the repetitions at the beginning of a network connection on which the broker resumed our session.

    :ivar count: how many were found so far
    """

    def __init__(self) -> None:
        self.count = 0
        self._link = 0
        self._history: Sequence[bytes] = ()
        self._places: dict[bytes, int] = {}
        self._next = -1
        self._searched = 0
        self._before = (0, -1, 0, 0)

    def begin(self, link: int, receipts: Receipts, waiting: Sequence[bytes]) -> None:
        """The broker has resumed our session on this network connection.

        :param waiting: digests of what came by earlier ones and is going to be committed first; in order
        """
        self._link = link
        self._history = [*receipts.recent(SAVED_WITHIN_S), *waiting]
        counts = receipts.counts()
        counts.update(waiting)
        self._places = {digest: place for place, digest in enumerate(self._history) if counts[digest] == 1}
        self._next, self._searched = -1, 0
        self._before = (self.count, self._next, self._searched, link)  # not the connection before

    def new(self, messages: list[Inbound]) -> list[Inbound]:
        """Those of the next messages that are no repetitions."""
        self._before = (self.count, self._next, self._searched, self._link)
        if not self._link:
            self._history, self._places = (), {}
            return messages
        stream = [item for item in messages if item.mid and item.link == self._link]
        if not stream:
            return messages
        if self._next < 0:
            self._next = self._aligned([item.digest() for item in stream[:MOST_SEARCHED]])
        repeated = set()
        for item in stream:
            if not 0 <= self._next < len(self._history) or self._history[self._next] != item.digest():
                break
            repeated.add(id(item))
            self._next += 1
        self.count += len(repeated)
        self._searched += len(stream)
        if len(repeated) < len(stream) and (repeated or self._searched >= MOST_SEARCHED):
            self._link = 0
        return [item for item in messages if id(item) not in repeated] if repeated else messages

    def again(self) -> None:
        """The messages of the last time are going to be asked for once more."""
        self.count, self._next, self._searched, self._link = self._before

    def _aligned(self, digests: list[bytes]) -> int:
        """Where the run that these begin with starts in what was committed; -1 where they begin with none."""
        known = (
            (index, self._places[digest]) for index, digest in enumerate(digests) if digest in self._places
        )
        index, place = next(known, (0, -1))
        start = place - index
        if start < 0:
            return -1
        unique = 0
        for digest, before in zip(digests, self._history[start : start + len(digests)], strict=False):
            if digest != before:
                break
            unique += digest in self._places
        return start if unique >= ENOUGH else -1
