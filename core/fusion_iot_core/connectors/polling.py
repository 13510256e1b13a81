"""Keeps one connection read: at its interval, and again after whatever went wrong."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from .base import BaseIoTConnector, end, within
from .config import Config
from .errors import Busy, ConnectorError, LinkState, Misconfigured
from .factory import ConnectorFactory
from .reading import Reading

_logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
JITTER = 0.2
CLOSE_S = 2.0
"""A connector has so long to disconnect."""
MOST_TIMEOUTS = 10
"""A poll that takes several requests has so many timeouts for all of them."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PollSettings:
    """:ivar config: of the connection; a :class:`Misconfigured` in place of one that cannot be read
    :ivar interval_s: from the beginning of a poll to that of the next
    """

    equipment_id: str
    config: Config | Misconfigured
    interval_s: float
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How a connection is.

    :ivar error: what is wrong, for people; empty while it works
    :ivar code: as its protocol calls it
    :ivar failures: attempts since the last successful read
    :ivar retry_in_s: until the next attempt, as of when this was said; 0 where none is planned
    """

    state: LinkState = LinkState.CONNECTING
    error: str = ""
    code: str = ""
    failures: int = 0
    retry_in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Polled:
    """A poll that went well.

    :ivar took_s: from the question to the answer
    :ivar late_s: how much later than planned it began
    """

    reading: Reading
    took_s: float
    late_s: float


class Poller:
    """One connection, read for as long as :meth:`run` goes on.

    A new connector is made for each connect. What does not answer is tried again after a pause that doubles from one
    second to a minute, and is short again only after a successful read: a peer that accepts connections and gives no
    values is not hammered. What only an edit can mend waits for one.

    :param emit: is called with each :class:`Polled` and each new :class:`LinkStatus`, on the event loop; must not block
    :param make: makes a connector from an equipment and its configuration
    :param pause: waits so many seconds
    """

    def __init__(
        self,
        settings: PollSettings,
        emit: Callable[[Polled | LinkStatus], None],
        make: Callable[[str, Config], BaseIoTConnector] | None = None,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.settings = self._followed = settings
        self.status = LinkStatus(LinkState.CONNECTING if settings.enabled else LinkState.DISABLED)
        self._emit = emit
        self._make = make or _made
        self._pause = pause
        self._changed = asyncio.Event()
        self._connector: BaseIoTConnector | None = None
        self._in_use = asyncio.Lock()

    async def run(self) -> None:
        """Read until it is cancelled."""
        try:
            self._emit(self.status)
            while True:
                self._changed.clear()
                self._follow()
                await self._until_changed(self._go_on())
        finally:
            await self._close()

    def update(self, settings: PollSettings) -> None:
        """Go by other settings from now on; what is under way by the old ones is given up."""
        self.settings = settings
        if settings != self._followed:
            self._changed.set()

    def _follow(self) -> None:
        """Begin to go by the settings that there are now. Nothing is under way."""
        before, now = self._followed, self.settings
        self._followed = now
        is_same_link = (before.equipment_id, before.config) == (now.equipment_id, now.config)
        works = self.status.state in (LinkState.OK, LinkState.DEGRADED)
        if before != now and not (is_same_link and works and now.enabled):
            self._say(LinkStatus(LinkState.CONNECTING if now.enabled else LinkState.DISABLED))

    async def use(self, work: Callable[[BaseIoTConnector], Awaitable[_T]]) -> _T:
        """Do something else with the connection between two polls, such as writing a value.

        :raise ConnectorError: where it does not work; the connection is made anew then
        """
        async with self._in_use:
            connector = self._connected()
            try:
                return await work(connector)
            except ConnectorError:
                await self._close()
                raise

    async def _until_changed(self, work: Awaitable[None]) -> None:
        """Work until it ends or the settings change. Somebody else's cancelling goes through."""
        working, changed = asyncio.ensure_future(work), asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({working, changed}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await end(working)
                await self._close()
            elif not working.cancelled():
                working.result()
        finally:
            await end(working)
            await end(changed)

    async def _go_on(self) -> None:
        """One attempt, or waiting for what helps."""
        state = self.status.state
        if state is LinkState.DISABLED or state.waits_for_an_edit:
            await self._changed.wait()
        elif state is LinkState.BACKOFF:
            await self._pause(self.status.retry_in_s)
            self._say(replace(self.status, state=LinkState.CONNECTING, retry_in_s=0.0))
        else:
            await self._poll_on()

    async def _poll_on(self) -> None:
        """Poll at the interval until that fails."""
        planned = time.monotonic()
        while True:
            began = time.monotonic()
            try:
                async with self._in_use:
                    reading = await self._read()
            except ConnectorError as exc:
                await self._close()
                self._failed(exc)
                return
            except Exception as exc:
                _logger.exception("A connector met an error that it should not have.")
                await self._close()
                self._failed(ConnectorError(f"Unexpected error: {type(exc).__name__}."))
                return
            took = time.monotonic() - began
            self._emit(Polled(reading, took, began - planned))
            self._say(_status_of(reading))
            planned = max(planned + self.settings.interval_s, time.monotonic())
            await self._pause(planned - time.monotonic())

    async def _read(self) -> Reading:
        connector = self._connected()
        deadline = MOST_TIMEOUTS * connector.config.timeout_s
        return await within(deadline, connector.get_current_reading(), "all that was asked")

    def _connected(self) -> BaseIoTConnector:
        if self._connector is None:
            config = self.settings.config
            if isinstance(config, Misconfigured):
                raise config
            self._connector = self._make(self.settings.equipment_id, config)
        return self._connector

    async def _close(self) -> None:
        connector, self._connector = self._connector, None
        if connector:
            # It is to raise nothing and to be quick; whoever wrote it may have forgotten that.
            with suppress(Exception):
                await within(CLOSE_S, connector.close(), "closing")

    def _failed(self, error: ConnectorError) -> None:
        failures = self.status.failures + 1
        retry_in = 0.0
        if not error.state.waits_for_an_edit:
            retry_in = min(FIRST_PAUSE_S * 2 ** min(failures - 1, 16), LONGEST_PAUSE_S)
            retry_in *= 1 + random.uniform(-JITTER, JITTER)
            if isinstance(error, Busy) and error.retry_after_s is not None:
                retry_in = max(retry_in, error.retry_after_s)
        self._say(LinkStatus(error.state, str(error), error.code, failures, retry_in))

    def _say(self, status: LinkStatus) -> None:
        if status != self.status:
            self.status = status
            self._emit(status)


def _status_of(reading: Reading) -> LinkStatus:
    if not (bad := reading.bad):
        return LinkStatus(LinkState.OK)
    first = f"{bad[0].tag.name}: {bad[0].reason}"
    return LinkStatus(LinkState.DEGRADED, f"{len(bad)} of {len(reading.tags)} values are bad. {first}")


def _made(equipment_id: str, config: Config) -> BaseIoTConnector:
    return ConnectorFactory.create_connector(config.protocol, equipment_id, config)
