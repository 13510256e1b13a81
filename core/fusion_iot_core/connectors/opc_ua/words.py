"""What goes wrong in the library, in words that say what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from asyncua import ua
from asyncua.crypto.uacrypto import InvalidSignature

from ..errors import BadAnswer, Busy, ConnectorError, LoginRefused, Misconfigured, TimedOut, Unreachable
from ..reach import unreachable
from .settings import MODES, POLICIES, OpcUaSettings
from .trust import fingerprint
from .values import status_name

_LOGIN = frozenset(
    {
        "BadUserAccessDenied",
        "BadIdentityTokenRejected",
        "BadIdentityTokenInvalid",
        "BadUserSignatureInvalid",
    }
)
_UNTRUSTED = frozenset(
    {
        "BadSecurityChecksFailed",
        "BadCertificateUntrusted",
        "BadCertificateChainIncomplete",
        "BadCertificateRevoked",
        "BadCertificateIssuerRevoked",
        "BadCertificateRevocationUnknown",
        "BadCertificateIssuerRevocationUnknown",
    }
)
_BUSY = frozenset(
    {
        "BadTooManySessions",
        "BadMaxConnectionsReached",
        "BadTcpServerTooBusy",
        "BadTcpNotEnoughResources",
        "BadResourceUnavailable",
        "BadOutOfMemory",
    }
)
_GONE = frozenset({"BadShutdown", "BadServerHalted", "BadServerNotConnected", "BadConnectionClosed"})
_FORGOTTEN = frozenset(
    {
        "BadSessionIdInvalid",
        "BadSessionClosed",
        "BadSessionNotActivated",
        "BadSecureChannelIdInvalid",
        "BadSecureChannelClosed",
        "BadSecureChannelTokenUnknown",
        "BadTcpSecureChannelUnknown",
    }
)
REFUSED_POLICY = frozenset({"BadSecurityPolicyRejected", "BadSecurityModeRejected"})


def words(error: BaseException, settings: OpcUaSettings, doing: str) -> ConnectorError:
    """An error of the library, or of the socket, as one of ours.

    :param doing: ``channel``, ``login`` or what was asked: "the values"
    """
    what = {"channel": "the connection", "login": "the login"}.get(doing, doing)
    if isinstance(error, ConnectorError):
        return error
    if isinstance(error, asyncio.TimeoutError):
        return TimedOut(f"No answer to {what}.")
    if isinstance(error, ua.UaStatusCodeError):
        return _of_status(error.code, settings, doing, what)
    if isinstance(error, OSError):
        if doing == "channel" and settings.secured and isinstance(error, ConnectionError):
            return Unreachable(
                f"{settings.endpoint.authority} has closed the connection while the secure channel was opened. If it "
                f"does so again, {_trust_us(settings)}"
            )
        # The library's own one says no more than that.
        return unreachable(
            ConnectionResetError() if type(error) is ConnectionError else error, settings.endpoint
        )
    if isinstance(error, AssertionError) and doing == "channel":
        text = "The server refuses a channel and does not say why"
        return (
            LoginRefused(f"{text}: most often {_trust_us(settings)}")
            if settings.secured
            else BadAnswer(f"{text}.")
        )
    if isinstance(error, InvalidSignature):
        return BadAnswer(
            "The server cannot prove that its certificate is its own.", "BadApplicationSignatureInvalid"
        )
    return BadAnswer(f"Its answer to {what} cannot be read ({type(error).__name__}{_detail(error)}).")


def is_forgotten(error: ConnectorError) -> bool:
    """Whether the server has only forgotten us, as after an hour of silence: to log in again helps."""
    return error.code in _FORGOTTEN


def _detail(error: BaseException) -> str:
    text = str(error).splitlines()[0][:120] if str(error) else ""
    return f": {text}" if text and text.isprintable() else ""


def _trust_us(settings: OpcUaSettings) -> str:
    own = f" with the SHA-256 {fingerprint(settings.own.certificate)}" if settings.own else ""
    return f"it does not trust our certificate yet: move the one{own} to its trusted ones."


def _of_status(code: int, settings: OpcUaSettings, doing: str, what: str) -> ConnectorError:
    name = status_name(code)
    if name in _LOGIN and doing == "login":
        who = (
            "the user's certificate"
            if settings.user
            else "user and password"
            if settings.username
            else "nobody"
        )
        if who == "nobody":
            return LoginRefused(
                f"The server lets nobody in without a user ({name}): enter user and password.", name
            )
        return LoginRefused(f"The server does not accept {who} ({name}): check them, and their rights.", name)
    if name in _UNTRUSTED:
        return LoginRefused(f"The server refuses us ({name}): most often {_trust_us(settings)}", name)
    if name in _BUSY:
        return Busy(
            f"The server has no place for one more connection ({name}): close others, or have it allow more.",
            None,
            name,
        )
    if name in REFUSED_POLICY:
        return Misconfigured(
            f"The server refuses this policy ({name}).", "additional_config.security_policy", name
        )
    if name == "BadTcpEndpointUrlInvalid":
        return Misconfigured(
            f"The server does not know this address ({name}): check its path.", "endpoint", name
        )
    if name.startswith("BadCertificate"):
        doc = ua.status_codes.get_name_and_doc(code & 0xFFFF0000)[1].rstrip(".")
        return Misconfigured(
            f"The server refuses our certificate ({name}: {doc}): make a new one, and have it trusted there.",
            "credentials.certificate",
            name,
        )
    if name in ("BadTimeout", "BadRequestTimeout"):
        return TimedOut(f"The server itself had no answer to {what} in time ({name}).", name)
    if name in _GONE | _FORGOTTEN:
        return Unreachable(f"The server has ended the connection ({name}).", name)
    return BadAnswer(f"The server answers {what} with {name}.", name)


def no_match(endpoints: Iterable[ua.EndpointDescription], settings: OpcUaSettings) -> Misconfigured:
    """Which security a server has, where it has not the one that was asked for."""
    policies = {each.URI: name for name, each in POLICIES.items()}
    modes = {ua.MessageSecurityMode.None_: "", **{mode: f" with {name}" for name, mode in MODES.items()}}
    offered = dict.fromkeys(
        f"{policies.get(each.SecurityPolicyUri, _last(each.SecurityPolicyUri))}{modes.get(each.SecurityMode, '')}"
        for each in endpoints
    )
    asked = f"{settings.policy} with {settings.mode}" if settings.mode else "connections without security"
    return Misconfigured(
        f"The server does not offer {asked}; it offers {', '.join(offered) or 'nothing'}.",
        "additional_config.security_policy",
        "BadSecurityPolicyRejected",
    )


def _last(uri: str | None) -> str:
    return (uri or "?").rpartition("#")[2][:40]
