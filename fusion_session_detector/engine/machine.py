"""One machine in the memory of the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from fusion_iot_core.detector import Event, Gone, Said, Sample, SessionConfig, SessionState, advance, word

from .links import WorkerKey
from .packing import Heard
from .sample_channels import sample_of

NO_TIME = timedelta(0)
_received_at = attrgetter("received_at")


@dataclass(slots=True, eq=False)
class Machine:
    """Where the detector stands with a machine, and what it has heard since that was last written.

    :ivar company_id: whose it is; ``None``: everybody may see it
    :ivar workers: those of the runtime that it reports through
    :ivar channel: the channel that measures it; ``None`` as long as that cannot be told
    :ivar revision: of the stored state that this one follows from
    :ivar last_at: time of its last message, by its own clock
    :ivar received_at: when that was received
    :ivar heard_at: up to where its messages are in the power log or in ``samples``
    :ivar said: what is there of that instant
    :ivar samples: messages that are not in the power log yet
    :ivar events: what happened and is not written yet
    :ivar wakes_at: when the engine looks at it again, whatever comes (server's clock)
    :ivar usual_delay: the least that its clock was seen behind the server's
    """

    device_id: int
    identifier: str
    config: SessionConfig
    company_id: int | None
    workers: tuple[WorkerKey, ...]
    channel: str | None
    state: SessionState
    revision: int
    last_at: datetime | None
    received_at: datetime | None
    heard_at: datetime | None
    said: set[Said] = field(default_factory=set)
    samples: list[Sample] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    wakes_at: datetime | None = None
    usual_delay: timedelta | None = None

    @property
    def delay(self) -> timedelta:
        """How far its clock is behind the server's, transport included."""
        if self.received_at is None or self.last_at is None:
            return NO_TIME
        return self.received_at - self.last_at

    def hear(self, heard: Iterable[Heard]) -> list[Sample]:
        """Note what it said, as far as that is of its channel and not known already.

        Of one instant, as far as its clock tells, what was received later is later.

        :returns: what is new
        """
        new = []
        for item in sorted(heard, key=_received_at):
            sample = sample_of(item, self.channel)
            if sample is None:
                continue
            at = self._time_of(item)
            if at != sample.at:
                sample = sample._replace(at=at) if type(sample) is Sample else Gone(at)
            if self.heard_at is None or at > self.heard_at:
                self.said.clear()
            elif at < self.heard_at or word(sample) in self.said:
                continue
            self.said.add(word(sample))
            new.append(sample)
            self.heard_at = at
            if self.last_at is None or at >= self.last_at:
                self.last_at, self.received_at = at, item.received_at
        self.samples += new
        return new

    def _time_of(self, item: Heard) -> datetime:
        """When it was said, by its own clock: what has no time of its own is not before what was received earlier."""
        if item.at != item.received_at or self.last_at is None or self.received_at is None:
            return item.at
        behind = self.delay if self.usual_delay is None else self.usual_delay
        at = item.at - max(behind, NO_TIME)
        return max(at, self.last_at) if item.received_at > self.received_at else at

    def advance(self, samples: Iterable[Sample]) -> None:
        """Have the detector take messages."""
        self.state, events = advance(self.state, self.config, samples)
        self.events += events

    def now(self, server_now: datetime) -> datetime:
        """The time by the machine's own clock."""
        return server_now - self.delay

    def known_until(self, at: datetime | None) -> None:
        """What was said by then is known, and of that instant what the state tells."""
        state = self.state
        newest = state.withheld[-1].at if state.withheld else state.last_at
        self.heard_at = at
        self.said = set(state.said) if at is not None and at == newest else set()

    def go_on_from(self, before: Machine) -> None:
        """Hear what the same machine had heard before it was loaded again, as far as the power log has it not."""
        heard_at = self.heard_at
        self.samples = [
            sample
            for sample in before.samples
            if heard_at is None
            or sample.at > heard_at
            or (sample.at == heard_at and word(sample) not in self.said)
        ]
        self.advance(self.samples)
        if before.heard_at is not None and (heard_at is None or before.heard_at >= heard_at):
            self.said = before.said | (self.said if before.heard_at == heard_at else set())
            self.heard_at = before.heard_at
        if before.last_at is not None and (self.last_at is None or before.last_at > self.last_at):
            self.last_at, self.received_at = before.last_at, before.received_at
        self.usual_delay = before.usual_delay
        self.wakes_at = before.wakes_at
