"""What an OPC UA connection is configured with, beyond what all are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from asyncua import ua
from asyncua.crypto import security_policies
from cryptography import x509

from ..config import Config
from ..endpoint import Endpoint, parse_endpoint
from ..errors import Misconfigured
from .nodes import NodeAddress, NodeError, parse_node
from .trust import Pair, parse_certificate, parse_fingerprint, parse_pair

SCHEMES = {"opc.tcp": 4840}
POLICIES: Mapping[str, type[security_policies.SecurityPolicy]] = {
    "None": security_policies.SecurityPolicyNone,
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes128Sha256RsaOaep": security_policies.SecurityPolicyAes128Sha256RsaOaep,
    "Aes256Sha256RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
}
MODES: Mapping[str, ua.MessageSecurityMode] = {
    "SignAndEncrypt": ua.MessageSecurityMode.SignAndEncrypt,
    "Sign": ua.MessageSecurityMode.Sign,
}
KNOWN = frozenset(
    {"security_policy", "security_mode", "server_fingerprint", "server_certificate", "session_timeout"}
)
ANONYMOUS_URI = "urn:fusion-iot:connector"
SESSION_S = 30.0
LONGEST_SESSION_S = 3600.0
MOST_INDEX = 1_000_000


@dataclass(frozen=True, slots=True)
class OpcUaSettings:
    """:ivar policy: a key of :data:`POLICIES`; ``None`` (the text) is without security
    :ivar mode: a key of :data:`MODES`; empty without security
    :ivar fingerprint: SHA-256 of the server's certificate; empty as long as nobody has trusted one
    :ivar server: the server's certificate, where it was entered: then it is not asked for it
    :ivar own: who we say we are; needed with security
    :ivar user: certificate of the user, where one logs in with that
    :ivar session_s: after so many seconds without a request the server forgets us
    """

    endpoint: Endpoint
    policy: str = "None"
    mode: str = ""
    fingerprint: str = ""
    server: x509.Certificate | None = None
    own: Pair | None = field(default=None, repr=False)
    user: Pair | None = field(default=None, repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    session_s: float = SESSION_S

    @property
    def secured(self) -> bool:
        """Whether messages are signed at least."""
        return self.policy != "None"

    @property
    def application_uri(self) -> str:
        """Who we say we are; the URI of our certificate, if there is one."""
        return (self.own.application_uri if self.own else "") or ANONYMOUS_URI


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tag's value is.

    :ivar index: of an array, from 0; ``None`` for what is none
    """

    node: NodeAddress
    index: int | None = None


def opc_ua_settings(config: Config) -> OpcUaSettings:
    """Read the settings of an OPC UA connection.

    :raise Misconfigured: names the key that is wrong
    """
    if unknown := sorted(config.options.keys() - KNOWN):
        raise Misconfigured(
            f"There is no such option; there are {', '.join(sorted(KNOWN))}.",
            f"additional_config.{unknown[0]}",
        )
    endpoint = parse_endpoint(config.endpoint, config.port, SCHEMES)
    policy, mode = _security(config)
    own = _pair(config, "certificate", "private_key")
    if policy != "None":
        if own is None:
            raise Misconfigured(
                "Security needs a certificate of our own: have one made.", "credentials.certificate"
            )
        if not own.application_uri:
            raise Misconfigured(
                "The certificate has no URI of an application: servers refuse it.", "credentials.certificate"
            )
    server = config.option("server_certificate", str, "")
    session_s = config.option("session_timeout", float, max(SESSION_S, 3 * config.timeout_s))
    if not config.timeout_s < session_s <= LONGEST_SESSION_S:
        raise Misconfigured(
            f"Longer than the timeout, and at most {LONGEST_SESSION_S:g} seconds.",
            "additional_config.session_timeout",
        )
    username, password = config.credential("username", "user"), config.credential("password")
    if password and not username:
        raise Misconfigured("A password needs a user.", "credentials.username")
    return OpcUaSettings(
        endpoint=endpoint,
        policy=policy,
        mode=mode,
        fingerprint=parse_fingerprint(config.option("server_fingerprint", str, "")),
        server=parse_certificate(server, "additional_config.server_certificate") if server else None,
        own=own,
        user=_pair(config, "user_certificate", "user_private_key"),
        username=username,
        password=password,
        session_s=session_s,
    )


def _security(config: Config) -> tuple[str, str]:
    """Policy and mode. The names of policies are read as they stand in addresses of the specification, too:
    ``Aes256_Sha256_RsaPss``."""
    policies = {name.casefold(): name for name in POLICIES}
    written = config.option("security_policy", str, "") or "None"
    policy = policies.get(written.rpartition("#")[2].replace("_", "").casefold())
    if policy is None:
        raise Misconfigured(
            f"{written!r} is not known; there are {', '.join(POLICIES)}.", "additional_config.security_policy"
        )
    mode = config.option("security_mode", str, "")
    if policy == "None":
        if mode not in ("", "None"):
            raise Misconfigured(f"{mode!r} needs a security_policy.", "additional_config.security_mode")
        return policy, ""
    mode = mode or next(iter(MODES))
    if mode not in MODES:
        raise Misconfigured(
            f"{mode!r} is not known; there are {', '.join(MODES)}.", "additional_config.security_mode"
        )
    return policy, mode


def _pair(config: Config, certificate: str, private_key: str) -> Pair | None:
    texts = config.credential(certificate), config.credential(private_key)
    if not any(texts):
        return None
    where = f"credentials.{certificate}", f"credentials.{private_key}"
    for text, name in zip(texts, where, strict=True):
        if not text:
            raise Misconfigured("A certificate and its private key are needed.", name)
    return parse_pair(*texts, where)


def parse_place(address: Mapping[str, object], number: int) -> Place:
    """Where a tag is: ``node``, and ``index`` into an array.

    :param number: of the tag, for the message
    :raise Misconfigured: which key is wrong
    """
    where = f"additional_config.tags[{number}]"
    if unknown := sorted(address.keys() - {"node", "index"}):
        raise Misconfigured("A tag of opc_ua has no such key.", f"{where}.{unknown[0]}")
    try:
        node = parse_node(address.get("node"))
    except NodeError as exc:
        raise Misconfigured(str(exc), f"{where}.node") from None
    index = address.get("index")
    if index is not None and (
        not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= MOST_INDEX
    ):
        raise Misconfigured("An index into an array is a whole number from 0 on.", f"{where}.index")
    return Place(node, index)
