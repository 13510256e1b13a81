"""Reads equipment over OPC UA."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from typing import TypeVar

from asyncua import ua

from ...protocol import Quality
from ..base import BaseIoTConnector, BrowseItem, Capabilities, Step, within
from ..config import Config
from ..errors import BadAnswer, ConnectorError, Misconfigured
from ..reach import reach, step
from ..reading import FIELDS, Reading
from ..tags import Raw, TagValue, evaluate, raw_for
from .browse import browse
from .session import Session
from .settings import OpcUaSettings, Place, opc_ua_settings, parse_place
from .trust import UnknownServer
from .values import Found, found
from .words import is_forgotten
from .writing import same, set_node, shown_value

_T = TypeVar("_T")
_TIMEOUTS = 3
"""How many timeouts a call may take at most that needs several requests."""
_LOOKS = 5
_LOOK_AGAIN_S = 0.2
"""A controller takes over a new value with its next cycle."""


class OpcUaConnector(BaseIoTConnector):
    """``endpoint`` is ``opc.tcp://host:port/path``; the usual port is 4840. ``additional_config`` may have:

    - ``security_policy``: ``None`` (the default), ``Basic256Sha256``, ``Aes128Sha256RsaOaep``, ``Aes256Sha256RsaPss``;
      ``security_mode``: ``SignAndEncrypt`` (the default with a policy) or ``Sign``
    - ``server_fingerprint``: SHA-256 of the server's certificate. With a policy nothing is read before it is there: a
      test says the fingerprint that the server shows, and so do the details of :meth:`get_capabilities` after it.
    - ``server_certificate``: the same certificate as PEM, for servers that have no unsecured endpoint to ask
    - ``session_timeout``: seconds; equipment that is asked more seldom than that is logged into each time anew
    - ``timeout``, ``tags``

    ``credentials``: ``username`` and ``password``; or ``user_certificate`` and ``user_private_key``; or nothing.
    ``certificate`` and ``private_key`` (PEM) are who the application is, see :func:`.trust.make_certificate`.

    A tag's address is its ``node`` (``nsu=http://…;s=…``, ``ns=2;s=…``, ``i=2258``), and ``index`` into an array.
    """

    protocol = "opc_ua"
    can = frozenset({"write", "browse"})

    def __init__(self, equipment_id: str, config: Config) -> None:
        super().__init__(equipment_id, config)
        self._settings: OpcUaSettings = opc_ua_settings(config)
        self._places: list[Place] = [
            parse_place(tag.address, number) for number, tag in enumerate(config.tags)
        ]
        self._nodes: list[ua.NodeId | None] = []
        self._session: Session | None = None
        self._fingerprint = ""

    async def read(self) -> list[TagValue]:
        try:
            return await self._bounded(self._read(), "the values")
        except ConnectorError as exc:
            if not is_forgotten(exc):
                raise
        return await self._bounded(self._read(), "the values")

    async def _bounded(self, awaited: Awaitable[_T], what: str) -> _T:
        """What is awaited; after an error that leaves the session unusable it is closed."""
        try:
            return await within(_TIMEOUTS * self.config.timeout_s, awaited, what)
        finally:
            session = self._session
            if session and not session.usable:
                await self.close()

    async def _read(self) -> list[TagValue]:
        session = await self._session_now()
        return await self._values(session, range(len(self._places)))

    async def _values(self, session: Session, numbers: Iterable[int]) -> list[TagValue]:
        numbers = list(numbers)
        nodes = {number: self._nodes[number] for number in numbers}
        asked = list(dict.fromkeys(node for node in nodes.values() if node is not None))
        answers = dict(zip(asked, await session.read(asked), strict=True))
        return [self._value(number, nodes[number], answers) for number in numbers]

    def _value(self, number: int, node: ua.NodeId | None, answers: dict[ua.NodeId, ua.DataValue]) -> TagValue:
        tag, place = self.config.tags[number], self._places[number]
        if node is None:
            there = Found(None, Quality.BAD, None, _no_namespace(place))
        else:
            there = found(answers[node], place.index)
        return evaluate(tag, there.raw, there.quality, there.at, there.reason, FIELDS.get(tag.field, float))

    async def _session_now(self) -> Session:
        """The session there is, or a new one where the server has ended it or forgotten it."""
        if self._session and self._session.usable:
            return self._session
        await self.close()
        session = self._session = Session(self._settings, self.config.timeout_s)
        try:
            await self._open_channel(session)
            await self._log_in(session)
        except BaseException:
            await self.close()
            raise
        return session

    async def _log_in(self, session: Session) -> str:
        remark = await session.log_in()
        # A server may have given its namespaces other indexes since.
        self._nodes = [place.node.on(session.namespaces) for place in self._places]
        return remark

    async def _open_channel(self, session: Session) -> str:
        try:
            await session.open_channel()
        except UnknownServer as exc:
            self._fingerprint = exc.fingerprint
            raise
        self._fingerprint = session.fingerprint
        return session.fingerprint

    async def _try(self, steps: list[Step]) -> Reading:
        await self.close()
        await reach(self._settings.endpoint, self.config.timeout_s, steps)
        session = self._session = Session(self._settings, self.config.timeout_s)
        try:
            if self._settings.secured:
                security = f"{self._settings.policy}, {self._settings.mode}"
                await step(
                    steps, "tls", self._open_channel(session), lambda mark: f"{security}; SHA-256 {mark}"
                )
                await step(steps, "login", self._log_in(session), str)
            else:
                await step(steps, "login", self._log_in_openly(session), str)
            return await step(
                steps, "read", self.get_current_reading(), lambda reading: f"{len(reading.tags)} values"
            )
        except BaseException:
            await self.close()
            raise

    async def _log_in_openly(self, session: Session) -> str:
        await self._open_channel(session)
        return await self._log_in(session)

    async def get_capabilities(self) -> Capabilities:
        """As all; the details have the certificate that the server showed last: ``server_fingerprint``."""
        usual = await super().get_capabilities()
        details: dict[str, Raw] = {"server_fingerprint": self._fingerprint} if self._fingerprint else {}
        return Capabilities(usual.features, usual.temperature_zones, details)

    async def write(self, tag: str, value: Raw) -> TagValue:
        number = next((at for at, each in enumerate(self.config.tags) if each.name == tag), None)
        if number is None:
            raise Misconfigured(f"There is no tag {tag!r}.", "tag")
        return await self._bounded(self._write(number, value), "the new value")

    async def _write(self, number: int, value: Raw) -> TagValue:
        session = await self._session_now()
        tag, place = self.config.tags[number], self._places[number]
        node = self._nodes[number]
        if node is None:
            raise BadAnswer(_no_namespace(place))
        if place.index is not None:
            raise Misconfigured("A single element of an array cannot be written.", "tag")
        before, written = await set_node(session, node, raw_for(tag, value))
        for look in range(_LOOKS):
            (after,) = await self._values(session, [number])
            if after.quality is Quality.BAD or same(after.raw, written):
                return after
            if not same(after.raw, before) or look == _LOOKS - 1:
                break
            await asyncio.sleep(_LOOK_AGAIN_S)
        reason = f"It has {shown_value(after.value)} afterwards, not {shown_value(value)}."
        return replace(after, reason=f"{reason} {after.reason}".strip())

    async def browse(self, node: str = "") -> list[BrowseItem]:
        async def listed() -> list[BrowseItem]:
            return await browse(await self._session_now(), node)

        return await self._bounded(listed(), "the question for what it has")

    async def close(self) -> None:
        session, self._session = self._session, None
        if session:
            await session.close()


def _no_namespace(place: Place) -> str:
    return f"The server has no namespace {place.node.namespace}."
