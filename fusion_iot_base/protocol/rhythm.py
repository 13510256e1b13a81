"""How often somebody is heard, as seen from outside: for a device that nobody has set up yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

GAPS = 3
"""As many gaps between two reports tell how often a device speaks."""
SHORTEST_S = 10
LONGEST_S = 86_400
STEP_S = 5
UNEVEN = 2.0
"""Where the longest gap is more often than so many times the usual one, a device speaks when something happens."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The gaps between the reports of a device.

    :ivar at: the latest report, ISO 8601 in UTC; empty before the first
    :ivar gaps: how many there were
    :ivar total: their sum in seconds
    :ivar longest: the longest of them, which may have been an outage
    :ivar second: the second longest: so long a silence was there twice, so that it is usual
    """

    at: str = ""
    gaps: int = 0
    total: float = 0.0
    longest: float = 0.0
    second: float = 0.0

    @classmethod
    def of(cls, stored: Mapping[str, object] | None) -> Rhythm:
        """What :meth:`stored` gave; a new one of nothing."""
        return cls(**stored) if stored else cls()  # type: ignore[arg-type]

    def stored(self) -> dict[str, object]:
        """As plain values, for JSON."""
        return asdict(self)

    def heard(self, at: datetime) -> Rhythm:
        """The rhythm after one more report at ``at`` (UTC); one from before the latest changes nothing."""
        latest = at.isoformat()
        if not self.at:
            return Rhythm(at=latest)
        gap = (at - datetime.fromisoformat(self.at)).total_seconds()
        if gap <= 0:
            return self
        longest, second = sorted((gap, self.longest, self.second), reverse=True)[:2]
        return Rhythm(latest, self.gaps + 1, self.total + gap, longest, second)

    def interval(self, usual: int, *, on_change: bool = False) -> int:
        """Seconds between two reports that can be counted on.

        A device that also speaks when something changes is heard more often than can be counted on: it never gets
        less than ``usual``. Neither does one that is heard unevenly.

        :param usual: what its family does at the factory setting; 0: it speaks on change only, and silence says nothing
        :param on_change: its family speaks on change as well
        """
        if not usual or self.gaps < GAPS:
            return usual
        is_uneven = self.second > UNEVEN * (self.total - self.longest) / (self.gaps - 1)
        if self.second < usual and (on_change or is_uneven):
            return usual
        return min(max(round(self.second / STEP_S) * STEP_S, SHORTEST_S), LONGEST_S)
