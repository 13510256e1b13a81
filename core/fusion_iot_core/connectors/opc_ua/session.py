"""A session on a server: who we are, which namespaces it has, and requests within bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from asyncua import Client, ua
from asyncua.common.ua_utils import data_type_to_variant_type
from asyncua.crypto.uacrypto import CertProperties
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ..base import within
from ..errors import BadAnswer, ConnectorError, Misconfigured, TimedOut, Unreachable
from .line import Line
from .nodes import node_id
from .settings import MODES, POLICIES, OpcUaSettings
from .trust import Pair, check_server, server_certificate
from .words import REFUSED_POLICY, no_match, words

_T = TypeVar("_T")
USUAL_NODES = 100
"""Nodes a request, for a server that does not say how many it takes."""
MOST_NODES = 500
CLOSING_S, HASTY_S = 0.8, 0.2
_RENEW_AFTER = 0.75
_IDLE_SHARE = 0.8
_NAMESPACES = node_id(ua.ObjectIds.Server_NamespaceArray)
_LIMITS = (
    node_id(ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead),
    node_id(ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse),
)
_TOO_MANY = ("BadTooManyOperations", "BadResponseTooLarge", "BadRequestTooLarge", "BadEncodingLimitsExceeded")
_KEPT_UP = ("BadNodeIdUnknown", "BadServiceUnsupported", "BadNothingToDo", *_TOO_MANY)


class Session:
    """Made for one connection; not used any more once a call has failed and :attr:`usable` is false.

    It has no task of its own: the channel is renewed by the requests, and a session that was not used for long is
    not usable any more.

    :ivar namespaces: URIs by index, as the server has them since it was started
    :ivar fingerprint: of the server's certificate; empty where it shows none
    """

    def __init__(self, settings: OpcUaSettings, timeout_s: float) -> None:
        self.namespaces: list[str] = []
        self.fingerprint = ""
        self._settings = settings
        self._timeout_s = timeout_s
        self._line: Line | None = None
        self._nodes_a_read = self._nodes_a_browse = USUAL_NODES
        self._used = self._channel_opened = 0.0
        self._broken = False

    # Coming and going

    async def open_channel(self) -> None:
        """Connect, and verify the server's identity before any secret is sent."""
        settings = self._settings
        certificate = settings.server
        if settings.own and settings.secured:
            settings.own.check_dates()
        if settings.secured and certificate is None:
            certificate = self._chosen(await self.endpoints())
        if settings.secured:
            self.fingerprint = check_server(certificate, settings.fingerprint, settings.endpoint.host)
        client = self._client()
        self._line = Line(client)
        self._channel_opened = time.monotonic()
        try:
            if settings.own and certificate and settings.secured:
                own, theirs = settings.own, certificate
                await self._ask(lambda: self._secure(client, own, theirs), "channel")
            await self._ask(self._line.open, "channel")
        except Misconfigured as exc:
            raise await self._explained(exc) from None

    async def _explained(self, error: ConnectorError) -> ConnectorError:
        """Which security the server has, where it refuses ours."""
        if error.code in REFUSED_POLICY or "No matching endpoints" in str(error):
            return no_match(await self.endpoints(), self._settings)
        return error

    async def _secure(self, client: Client, own: Pair, theirs: x509.Certificate) -> None:
        der = serialization.Encoding.DER
        await client.set_security(
            POLICIES[self._settings.policy],
            CertProperties(own.certificate.public_bytes(der), "der"),
            CertProperties(_der(own.key), "der"),
            server_certificate=CertProperties(theirs.public_bytes(der), "der"),
            mode=MODES[self._settings.mode],
        )

    async def log_in(self) -> str:
        """Begin the session. Gives a remark for people, where there is one."""
        client = self._line_up().client
        settings = self._settings
        if settings.user:
            client.user_certificate, client.user_private_key = settings.user.certificate, settings.user.key
        try:
            await self._ask(client.create_session, "login")
        except (BadAnswer, Misconfigured) as exc:
            raise await self._explained(exc) from None
        shown = server_certificate(client.security_policy.peer_certificate)
        if settings.fingerprint:  # without security, too: before the password goes
            self.fingerprint = check_server(shown, settings.fingerprint, settings.endpoint.host)
        await self._ask(
            lambda: client.activate_session(settings.username, settings.password, client.user_certificate),
            "login",
        )
        await self._look_around()
        return self._remark(client)

    async def _look_around(self) -> None:
        namespaces, *limits = await self.read([_NAMESPACES, *_LIMITS])
        uris = namespaces.Value.Value if namespaces.Value is not None else None
        if not isinstance(uris, list):
            raise BadAnswer("The server does not say which namespaces it has.")
        self.namespaces = [str(uri or "") for uri in uris]
        self._nodes_a_read, self._nodes_a_browse = (_limit(each) for each in limits)

    def _remark(self, client: Client) -> str:
        if (
            not (self._settings.username and self._settings.password)
            or self._settings.mode == "SignAndEncrypt"
        ):
            return ""
        policy = client.server_policy(ua.UserTokenType.UserName).SecurityPolicyUri
        return "The password travels unencrypted." if policy in (None, "", POLICIES["None"].URI) else ""

    async def endpoints(self) -> list[ua.EndpointDescription]:
        """What a server offers; asked over a connection of its own, without security."""
        line = Line(self._client())

        async def ask() -> list[ua.EndpointDescription]:
            await line.open()
            found = await line.client.get_endpoints()
            return list(found or ())

        try:
            return await within(self._timeout_s, ask(), "the question for its endpoints")
        except Exception as exc:  # noqa: BLE001 - the library raises anything
            raise self._error(
                line, exc, "channel" if not line.up else "the question for its endpoints"
            ) from None
        finally:
            await line.hang_up()

    def _chosen(self, endpoints: Sequence[ua.EndpointDescription]) -> x509.Certificate | None:
        policy, mode = POLICIES[self._settings.policy].URI, MODES[self._settings.mode]
        for each in endpoints:
            if each.SecurityPolicyUri == policy and each.SecurityMode == mode:
                return server_certificate(each.ServerCertificate)
        raise no_match(endpoints, self._settings)

    def _client(self) -> Client:
        # Its own watchdog starts only with `connect()`, and would drop a server that is slow.
        client = Client(self._settings.endpoint.url, timeout=self._timeout_s)
        client.name = client.description = "Fusion IoT"
        client.application_uri = self._settings.application_uri
        client.product_uri = "urn:fusion-iot"
        client.session_timeout = round(self._settings.session_s * 1000)
        return client

    @property
    def usable(self) -> bool:
        """Whether it is worth asking over it: up, and the server has not forgotten it since it was last used."""
        line = self._line
        if line is None or not line.up or self._broken:
            return False
        now = time.monotonic()
        return (
            now - self._used < (line.client.session_timeout / 1000 or self._settings.session_s) * _IDLE_SHARE
            and now - self._channel_opened < line.client.secure_channel_timeout / 1000
        )

    async def close(self) -> None:
        """End it: the server is told, if it listens. Does not raise."""
        line, self._line = self._line, None
        if line is None:
            return
        try:
            if line.up:  # a slow one hears it later, and keeps no session for us
                with suppress(Exception):
                    patience = HASTY_S if self._broken else CLOSING_S
                    await within(patience, line.client.uaclient.close_session(True), "the goodbye")
        finally:
            await line.hang_up()

    # Requests

    async def read(
        self, nodes: Sequence[ua.NodeId], attribute: ua.AttributeIds = ua.AttributeIds.Value
    ) -> list[ua.DataValue]:
        """The attribute of all nodes, in their order, in as many requests as it takes."""
        values: list[ua.DataValue] = []
        at = 0
        while at < len(nodes):
            part = nodes[at : at + self._nodes_a_read]
            try:
                values += await self._read_part(part, attribute)
            except ConnectorError as exc:
                if exc.code not in _TOO_MANY or len(part) == 1:
                    raise
                self._nodes_a_read = max(1, len(part) // 2)
                continue
            at += len(part)
        return values

    async def _read_part(self, nodes: Sequence[ua.NodeId], attribute: ua.AttributeIds) -> list[ua.DataValue]:
        session = self._line_up().client.uaclient.session
        try:
            values = await self._ask(lambda: session.read_attributes(list(nodes), attribute), "the values")
        except _Unreadable as exc:
            # One value that the library cannot read hides those beside it: they are asked for in halves.
            if len(nodes) == 1:
                return [ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(ua.StatusCodes.BadDecodingError)))]
            if not self.usable:
                raise BadAnswer(str(exc)) from None
            half = len(nodes) // 2
            return [
                *await self._read_part(nodes[:half], attribute),
                *await self._read_part(nodes[half:], attribute),
            ]
        if len(values) != len(nodes):
            raise BadAnswer(f"The server gives {len(values)} values for {len(nodes)} nodes.")
        return values

    async def kind_of(self, node: ua.NodeId) -> ua.VariantType:
        """The type of a node that has no value to tell it by."""
        (answer,) = await self.read([node], ua.AttributeIds.DataType)
        data_type = answer.Value.Value if answer.Value is not None else None
        if not isinstance(data_type, ua.NodeId):
            raise BadAnswer("The server does not say what type it is.")
        client = self._line_up().client
        return await self._ask(lambda: data_type_to_variant_type(client.get_node(data_type)), "its type")

    async def write(self, node: ua.NodeId, value: ua.Variant) -> ua.StatusCode:
        """Set a node; the status that the server gives it."""
        session = self._line_up().client.uaclient.session
        # Without status and times of ours: few servers take these.
        data = [ua.DataValue(value)]
        (status,) = await self._ask(lambda: session.write_attributes([node], data), "the new value")
        return status

    async def browse(self, nodes: Sequence[ua.NodeId], most: int) -> list[ua.BrowseResult]:
        """What is below nodes, up to ``most`` each."""
        results: list[ua.BrowseResult] = []
        for at in range(0, len(nodes), self._nodes_a_browse):
            results += await self._browse_part(nodes[at : at + self._nodes_a_browse], most)
        return results

    async def _browse_part(self, nodes: Sequence[ua.NodeId], most: int) -> list[ua.BrowseResult]:
        session = self._line_up().client.uaclient.session
        wanted = ua.BrowseParameters(RequestedMaxReferencesPerNode=most)
        for node in nodes:
            wanted.NodesToBrowse.append(
                ua.BrowseDescription(
                    NodeId=node,
                    BrowseDirection=ua.BrowseDirection.Forward,
                    ReferenceTypeId=node_id(ua.ObjectIds.HierarchicalReferences),
                    IncludeSubtypes=True,
                    NodeClassMask=ua.NodeClass.Object | ua.NodeClass.Variable,
                    ResultMask=ua.BrowseResultMask.All,
                )
            )
        results = await self._ask(lambda: session.browse(wanted), "the question for what it has")
        if len(results) != len(nodes):
            raise BadAnswer(f"The server gives {len(results)} lists for {len(nodes)} nodes.")
        if left := [each.ContinuationPoint for each in results if each.ContinuationPoint]:
            # It keeps the rest for us, and has few places for that.
            release = ua.BrowseNextParameters(ReleaseContinuationPoints=True, ContinuationPoints=left)
            with suppress(BadAnswer):
                await self._ask(lambda: session.browse_next(release), "the question for no more")
        return results

    def _line_up(self) -> Line:
        if self._line is None or not self._line.up:
            raise words(ConnectionResetError(), self._settings, "the connection")
        return self._line

    async def _ask(self, asked: Callable[[], Awaitable[_T]], doing: str) -> _T:
        """Await an answer within the timeout; every error is one of ours.

        :param doing: see :func:`.words.words`
        """
        line = self._line
        if line is None:
            raise words(ConnectionResetError(), self._settings, doing)
        try:
            await self._renew(line)
            line.expect()
            # The library bounds each request; the first of its calls are several.
            answer = await (
                within(self._timeout_s, asked(), "the connection") if doing == "channel" else asked()
            )
        except Exception as exc:  # noqa: BLE001 - the library raises anything
            error = self._error(line, exc, doing)
            unreadable = type(error) is BadAnswer and not error.code and line.up
            self._broken = not (unreadable or error.code in _KEPT_UP)
            raise _Unreadable(str(error)) if unreadable else error from None
        self._used = time.monotonic()
        return answer

    def _error(self, line: Line, error: Exception, doing: str) -> ConnectorError:
        cause = line.cause(error)
        if isinstance(cause, asyncio.TimeoutError):
            what = {"channel": "the connection", "login": "the login"}.get(doing, doing)
            return TimedOut(f"No answer to {what} within {self._timeout_s:g} s.")
        if doing == "channel" and line.connected and not line.greeted and isinstance(cause, ConnectionError):
            where = self._settings.endpoint.authority
            return Unreachable(
                f"{where} closes the connection without an answer: is that an OPC UA server, with room for one more?"
            )
        return words(cause, self._settings, doing)

    async def _renew(self, line: Line) -> None:
        lifetime = line.client.secure_channel_timeout / 1000
        if line.up and time.monotonic() - self._channel_opened > lifetime * _RENEW_AFTER:
            line.expect()
            await within(
                self._timeout_s, line.client.open_secure_channel(renew=True), "the renewal of the channel"
            )
            self._channel_opened = time.monotonic()


class _Unreadable(BadAnswer):
    """An answer came that the library cannot read; the connection is as good as before."""


def _der(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _limit(value: ua.DataValue) -> int:
    """How many nodes one request may have, from what a server says; 0 is its word for "any number"."""
    status = value.StatusCode or ua.StatusCode()
    number = value.Value.Value if value.Value is not None and status.is_good() else None
    if not isinstance(number, int) or number < 0:
        return USUAL_NODES
    return min(number, MOST_NODES) or MOST_NODES
