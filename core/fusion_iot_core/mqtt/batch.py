"""Messages that are committed together."""

from __future__ import annotations

from dataclasses import dataclass, field

from .inbound import Inbound
from .reader import Intake


@dataclass(slots=True)
class Batch:
    """A batch that was read and waits for its commit, in the same composition however often that is tried.

    :ivar name: its own name, by which a commit of unknown outcome is looked up
    :ivar entries: its receipt
    :ivar new: the same of those that are no repetitions
    :ivar broken: names of the parts that could not be committed whole; those are halved at once the next time,
        because a half may be committed already
    :ivar uncertain: nobody knows whether an attempt was committed
    """

    name: str
    messages: list[Inbound]
    intake: Intake
    entries: bytes
    new: bytes
    broken: set[str] = field(default_factory=set)
    uncertain: bool = False

    @property
    def may_change(self) -> bool:
        """Whether its messages may be put together anew."""
        return not self.broken and not self.uncertain
