"""How often somebody is heard, as seen from outside: for a device that nobody has set up yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

KEPT = 10
"""So many gaps are remembered, the latest: an outage is forgotten in time."""
NEEDED = 3
"""As many gaps between two reports tell how often a device speaks."""
SHORTEST_S = 10
LONGEST_S = 86_400
STEP_S = 5
UNEVEN = 2.0
"""Where a gap that is there twice is longer than so many usual ones, a device speaks when something happens."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The gaps between the reports of a device.

    :ivar at: the latest report, ISO 8601 in UTC; empty before the first
    :ivar gaps: the latest of them in seconds, in the order of time
    """

    at: str = ""
    gaps: tuple[float, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Rhythm:
        """What :meth:`stored` gave; a new one of nothing."""
        return cls(stored["at"], tuple(stored["gaps"])) if stored else cls()

    def stored(self) -> dict[str, object]:
        """As plain values, for JSON."""
        return {"at": self.at, "gaps": list(self.gaps)}

    def heard(self, at: datetime) -> Rhythm:
        """The rhythm after one more report at ``at`` (UTC); one from before the latest changes nothing."""
        latest = at.isoformat()
        if not self.at:
            return Rhythm(latest)
        gap = (at - datetime.fromisoformat(self.at)).total_seconds()
        return Rhythm(latest, (*self.gaps, gap)[-KEPT:]) if gap > 0 else self

    def interval(self, usual: int, *, on_change: bool = False) -> int:
        """Seconds between two reports that can be counted on.

        The second longest gap counts: so long a silence was there twice, while the longest may have been an outage.
        A device that also speaks when something changes is heard more often than can be counted on: it never gets
        less than ``usual``. Neither does one that is heard unevenly.

        :param usual: what its family does at the factory setting; 0: it speaks on change only, and silence says nothing
        :param on_change: its family speaks on change as well
        """
        if not usual or len(self.gaps) < NEEDED:
            return usual
        gap = sorted(self.gaps)[-2]
        if gap < usual and (on_change or gap > UNEVEN * median(self.gaps)):
            return usual
        return min(max(round(gap / STEP_S) * STEP_S, SHORTEST_S), LONGEST_S)
