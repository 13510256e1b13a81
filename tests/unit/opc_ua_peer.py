"""An OPC UA server that has what ovens have, and the faults that they have."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from functools import cache

from asyncua import Server, ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.binary_server_asyncio import BinaryServer
from asyncua.server.internal_server import InternalServer
from cryptography import x509
from cryptography.hazmat.primitives import serialization

OVEN = "http://example.com/oven/"
OTHER = "http://example.com/other/"
UA = "http://opcfoundation.org/UA/"
INDEXES = (2, 4)
"""Where the namespace of the oven can be; the nodes are there under both."""
BAKER, PASSWORD = "baker", "very-secret"
OPEN = (ua.SecurityPolicyType.NoSecurity,)
ALL = (
    ua.SecurityPolicyType.NoSecurity,
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ua.SecurityPolicyType.Basic256Sha256_Sign,
    ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_Sign,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
)
MANY = 30
WRITABLE = {"SetPoint", "Program", "Light", "Recipe", "Speed"}
VALUES = {
    "Temperature": ua.Variant(180.1, ua.VariantType.Float),
    "Humidity": ua.Variant(65.0, ua.VariantType.Double),
    "Fahrenheit": ua.Variant(356.0, ua.VariantType.Double),
    "NotANumber": ua.Variant(float("nan"), ua.VariantType.Double),
    "SetPoint": ua.Variant(200.0, ua.VariantType.Float),
    "Program": ua.Variant(4, ua.VariantType.Int16),
    "Speed": ua.Variant(1450, ua.VariantType.UInt32),
    "Light": ua.Variant(True, ua.VariantType.Boolean),
    "Recipe": ua.Variant("Baguette", ua.VariantType.String),
    "Zones": ua.Variant([210.5, 220.5, 230.5], ua.VariantType.Float),
    "Matrix": ua.Variant([[1, 2], [3, 4]], ua.VariantType.Int32),
    "Since": ua.Variant(datetime(2026, 11, 20, 8, tzinfo=timezone.utc), ua.VariantType.DateTime),
    "Bytes": ua.Variant(b"\x00\x01", ua.VariantType.ByteString),
    "Range": ua.Variant(ua.Range(0.0, 300.0), ua.VariantType.ExtensionObject),
    "Text": ua.Variant(ua.LocalizedText("baking"), ua.VariantType.LocalizedText),
    "Nothing": ua.Variant(None, ua.VariantType.Null),
}


class Users:
    """Lets everybody in, or the baker only."""

    def __init__(self, needed: bool) -> None:
        self._needed = needed

    def get_user(self, _server, username=None, password=None, certificate=None):
        known = (username, password) == (BAKER, PASSWORD) or (certificate is not None and username is None)
        return User(role=UserRole.User) if known or not self._needed else None


@cache
def _space():
    """The address space of all servers: to make one takes seconds."""

    async def make():
        inner = InternalServer()
        server = Server(iserver=inner)
        await server.init()
        for index in INDEXES:
            folder = await server.nodes.objects.add_folder(
                ua.NodeId("Oven", index), ua.QualifiedName("Oven", index)
            )
            for name, value in VALUES.items():
                node = ua.NodeId(name, index)
                made = await folder.add_variable(node, ua.QualifiedName(name, index), value)
                if name in WRITABLE:
                    await made.set_writable()
            many = await server.nodes.objects.add_folder(
                ua.NodeId("Many", index), ua.QualifiedName("Many", index)
            )
            for number in range(MANY):
                await many.add_variable(
                    ua.NodeId(number + 1, index), ua.QualifiedName(f"Value {number}", index), float(number)
                )
        return inner

    with ThreadPoolExecutor(1) as thread:  # the loop of a test may be running already
        return thread.submit(asyncio.run, make()).result()


class OpcUaPeer:
    """A server on the loopback address; made anew, it has the values of :data:`VALUES` and no faults.

    :ivar sessions: how many are logged in now
    """

    def __init__(
        self, policies=OPEN, certificate=None, private_key=None, users=False, namespaces=(OVEN,)
    ) -> None:
        self.inner = _space()
        self.port = 0
        self.index = namespaces.index(OVEN) + INDEXES[0] if OVEN in namespaces else INDEXES[0]
        self.reads = []
        self._policies = policies
        self._certificate, self._key = certificate, private_key
        self._users = users
        self._namespaces = namespaces
        self._failure = 0
        self._binary = None

    @property
    def url(self):
        return f"opc.tcp://127.0.0.1:{self.port}/oven"

    @property
    def sessions(self):
        return len(self.inner._external_sessions)

    @asynccontextmanager
    async def running(self):
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    async def start(self):
        inner = self.inner
        inner.endpoints.clear()
        inner._external_sessions.clear()
        inner.user_manager = Users(self._users)
        inner.certificate_validator = None
        inner.certificate = (
            x509.load_pem_x509_certificate(self._certificate.encode()) if self._certificate else None
        )
        inner.private_key = (
            serialization.load_pem_private_key(self._key.encode(), None) if self._key else None
        )
        tokens = (ua.UserNameIdentityToken, ua.X509IdentityToken)
        inner.supported_tokens = tokens if self._users else (ua.AnonymousIdentityToken, *tokens)
        server = Server(iserver=inner)
        server.set_endpoint(self.url)
        server.set_security_policy(list(self._policies))
        await server._setup_server_nodes()
        self._binary = BinaryServer(inner, "127.0.0.1", self.port, server.limits)
        self._binary.set_policies(server._policies)
        await self._binary.start()
        self.port = self._binary._server.sockets[0].getsockname()[1]
        for endpoint in inner.endpoints:
            endpoint.EndpointUrl = self.url
        for index in INDEXES:
            for name, value in VALUES.items():
                self.set(name, value, index=index)
            for number in range(MANY):
                self.set(number + 1, float(number), index=index)
        self.set(ua.ObjectIds.Server_NamespaceArray, ua.Variant([UA, "urn:peer", *self._namespaces]), index=0)
        self.limit_reads(0)

    async def stop(self):
        """Hang up and listen no longer."""
        await self._binary.stop()
        for session in list(self.inner._external_sessions.values()):
            await session.close_session()
        self.inner.attribute_service.__dict__.pop("read", None)

    def set(self, name, value=None, status=0, at=None, index=None):
        """What a node has from now on."""
        if not isinstance(value, ua.Variant):
            value = ua.Variant(value)
        data = ua.DataValue(value, ua.StatusCode(status), at)
        node = self.inner.aspace[ua.NodeId(name, self.index if index is None else index)]
        node.attributes[ua.AttributeIds.Value].value = data
        node.attributes[ua.AttributeIds.Value].value_setter = None

    def clamp(self, name, highest):
        """Have it accept everything, and take no more than that."""
        node = self.inner.aspace[ua.NodeId(name, self.index)]

        def setter(_node, _attribute, value):
            kept = min(value.Value.Value, highest)
            node.attributes[ua.AttributeIds.Value].value = ua.DataValue(
                ua.Variant(kept, value.Value.VariantType)
            )

        node.attributes[ua.AttributeIds.Value].value_setter = setter

    def limit_reads(self, most, told=True):
        """Refuse to read more nodes at once; 0 for no limit."""
        name = ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead
        self.set(name, ua.Variant(most if told else 0, ua.VariantType.UInt32), index=0)
        service = self.inner.attribute_service
        plain = type(service).read

        def read(params):
            self.reads.append(len(params.NodesToRead))
            if self._failure:
                status, self._failure = self._failure, 0
                raise ServiceError(status)
            if most and len(params.NodesToRead) > most:
                raise ServiceError(ua.StatusCodes.BadTooManyOperations)
            return plain(service, params)

        service.read = read

    def fail_next(self, status):
        """Refuse the next request to read as a whole."""
        self._failure = status

    def refuse_clients(self, status):
        """Trust nobody's certificate."""

        async def refuse(_certificate, _description):
            raise ServiceError(status)

        self.inner.certificate_validator = refuse
