"""What every connector can do."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

from .config import Config
from .errors import ConnectorError, LinkState, TimedOut
from .reading import Reading, reading_of
from .tags import Raw, TagValue

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a test: ``resolve``, ``tcp``, ``tls``, ``login``, ``read``.

    :ivar text: what was found, or what is wrong and what to do
    """

    name: str
    ok: bool
    milliseconds: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """How a test went; the seed's ``connection_test_result``.

    :ivar status: ``connected``, ``disconnected`` or ``error``
    :ivar response_time_ms: of the whole test
    :ivar error_details: a sentence; empty when it went well
    """

    success: bool
    status: str
    response_time_ms: int
    supported_features: tuple[str, ...] = ()
    error_details: str = ""
    steps: tuple[Step, ...] = ()
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be done with a peer.

    :ivar features: what it measures (``temperature``, ``temperature_zones`` …), and what the protocol can do
        (``write``, ``browse``)
    :ivar temperature_zones: how many
    """

    features: tuple[str, ...] = ()
    temperature_zones: int = 0
    details: dict[str, Raw] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrowseItem:
    """Something that a peer has, for a person to pick.

    :ivar address: as it stands in a tag
    :ivar has_children: there is more below it
    :ivar value: what it has now, as text; empty for what has none
    :ivar access: ``read``, ``write``, both or nothing
    """

    name: str
    address: dict[str, Raw]
    has_children: bool = False
    value: str = ""
    type: str = ""
    access: str = ""


class BaseIoTConnector(ABC):
    """A connection to one piece of equipment, or to what speaks for several.

    Made by :meth:`.factory.ConnectorFactory.create_connector`, which checks the configuration and touches no network.
    It connects with the first call and is used by one task at a time; after an error it is closed, and another one is
    made. Every call ends within the configured timeout, or a few of them where it takes several requests, and raises
    nothing but a :class:`.errors.ConnectorError`, whatever the peer does.

    :cvar protocol: its name in a configuration
    :cvar can: what it can do besides reading: ``write``, ``browse``
    """

    protocol: ClassVar[str]
    can: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, equipment_id: str, config: Config) -> None:
        self.equipment_id = equipment_id
        self.config = config

    @abstractmethod
    async def read(self) -> list[TagValue]:
        """The values of all tags, in their order: one that the peer does not give is bad, and says why."""

    async def get_current_reading(self) -> Reading:
        """What the peer says now."""
        return reading_of(await self.read())

    async def test_connection(self) -> ConnectionTest:
        """Connect and read once, step by step. Does not raise: what is wrong is in the result."""
        steps: list[Step] = []
        began = time.monotonic()
        reading, error = None, None
        try:
            reading = await self._try(steps)
        except ConnectorError as exc:
            error = exc
        took = round((time.monotonic() - began) * 1000)
        if error is not None:
            status = "error" if error.state.waits_for_an_edit else "disconnected"
            return ConnectionTest(False, status, took, (), str(error), tuple(steps))
        features = (await self.get_capabilities()).features
        return ConnectionTest(True, LinkState.OK.status, took, features, "", tuple(steps), reading)

    @abstractmethod
    async def _try(self, steps: list[Step]) -> Reading:
        """Connect and read once; each step is appended as it ends, the one that fails with ``ok=False``."""

    async def get_capabilities(self) -> Capabilities:
        """What the tags measure, and what the protocol can do."""
        tags = self.config.tags
        features = [*dict.fromkeys(tag.field or tag.quantity for tag in tags if tag.field or tag.quantity)]
        zones = {tag.zone for tag in tags if tag.zone}
        if zones:
            features.append("temperature_zones")
        return Capabilities((*features, *sorted(self.can)), len(zones))

    async def write(self, tag: str, value: Raw) -> TagValue:
        """Set a tag, and say what it has afterwards: a peer may clamp what it accepts.

        :raise ConnectorError: where it cannot be written, or the peer refuses it
        """
        raise ConnectorError(f"{self.protocol} is only read.")

    async def browse(self, node: str = "") -> list[BrowseItem]:
        """What there is below a node, one level; the top for an empty one."""
        raise ConnectorError(f"{self.protocol} cannot list what there is.")

    @abstractmethod
    async def close(self) -> None:
        """Disconnect. May be called at any time and more than once; does not raise, and ends within two seconds."""


async def within(seconds: float, awaited: Awaitable[_T], what: str) -> _T:
    """What is awaited, or :class:`TimedOut` when it takes longer.

    `asyncio.wait_for` of Python 3.11 loses a cancelling that comes together with the answer; this does not.

    :param what: for the message: "the login"
    """
    task = asyncio.ensure_future(awaited)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimedOut(f"No answer to {what} within {seconds:g} s.")
        return task.result()
    finally:
        await end(task)


async def end(task: asyncio.Future[_T]) -> None:
    """Cancel a task and wait until it has ended. One that catches that is left alone after two seconds."""
    for _ in range(4):
        if task.done():
            return
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)
