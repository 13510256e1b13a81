"""What went wrong with a broker, in words that tell a person what to do."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from .spec import MqttSpec

# OpenSSL's verification results (openssl-verification-options(1)).
_EXPIRED, _NOT_YET_VALID, _HOST_MISMATCH, _IP_MISMATCH = 10, 9, 62, 64

# Reason codes of CONNACK and DISCONNECT (MQTT 5.0, sections 3.2.2.2 and 3.14.2.1); paho gives those of MQTT 3.1.1
# the same numbers.
_REFUSALS = {
    128: "The broker refused the connection without saying why; its log may say more.",
    129: "The broker did not understand the connection request. Try the other MQTT version.",
    130: "The broker found a protocol error in the connection request. Try the other MQTT version.",
    131: "The broker refused the connection for a reason of its own; its log may say more.",
    132: "The broker does not speak this version of MQTT. Choose the other version.",
    133: "The broker does not accept the client id. Choose another one, or clear it to get a stable one.",
    134: "The broker does not accept the user name or the password. Correct them.",
    135: "The broker does not let us connect: the user name or the password is wrong, or its access rules do not allow "
    "it. Correct user and password, or have the rules changed.",
    136: "The broker is not available now.",
    137: "The broker is busy.",
    138: "The broker has banned this client. Talk to its administrator.",
    139: "The broker is shutting down.",
    141: "The broker heard nothing from us for too long and closed the connection.",
    142: "Another client came with our client id, and the broker closed this connection for it. If that was no "
    "server of this database, give one of them another client id.",
    140: "The broker does not accept this way of authentication.",
    149: "The broker found the connection request too large.",
    151: "A quota of the broker is used up.",
    152: "An administrator of the broker closed the connection.",
    156: "The broker asks to use another server.",
    157: "The broker has moved to another address.",
    159: "The broker takes no more connections at this rate.",
}
TAKEN_OVER = 142
_PASSING = {128, 131, 136, 137, 139, 141, 142, 151, 152, 159}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no connection.

    :ivar lasting: a person has to correct something; trying again at once is pointless
    """

    message: str
    lasting: bool = False


class Refused(Exception):
    """The broker answered a request with a reason code that means no."""

    def __init__(self, code: int, name: str) -> None:
        super().__init__(name)
        self.code = code
        self.name = name


class Ended(ConnectionError):
    """A connection that was up is gone; the message says what was seen of that."""


class NoConsent(ConnectionError):
    """The broker took the network connection, and when asked to let us in, it closed it or said nothing.

    :ivar silent: it said nothing
    """

    def __init__(self, silent: bool) -> None:
        super().__init__("said nothing" if silent else "closed it")
        self.silent = silent


class BadSettings(Exception):
    """A setting cannot be used; the message says which and why."""


def describe(error: BaseException, spec: MqttSpec) -> Trouble:
    """Say in words what an exception of connecting, subscribing or reading means."""
    where = f"{spec.host}:{spec.port}"
    if isinstance(error, BadSettings):
        return Trouble(str(error), lasting=True)
    if isinstance(error, Refused):
        text = _REFUSALS.get(error.code, f"The broker refused: {error.name}.")
        return Trouble(text, lasting=error.code not in _PASSING)
    if isinstance(error, ssl.SSLError):
        return _tls(error, spec)
    if isinstance(error, socket.gaierror):
        return Trouble(
            f"The name {spec.host} is not known. Check its spelling and the network's DNS.", lasting=True
        )
    if isinstance(error, ConnectionRefusedError):
        return Trouble(
            f"Nothing accepts connections at {where}. Is the broker running, and is the port right?"
        )
    if isinstance(error, TimeoutError):
        return Trouble(f"No answer from {where}. A firewall may be in the way, or the address is wrong.")
    if isinstance(error, NoConsent):
        return Trouble(_no_consent(error, spec))
    if isinstance(error, Ended):
        return Trouble(f"The connection to {where} broke: {error}.")
    if isinstance(error, ConnectionError):
        return Trouble(
            f"The connection to {where} broke ({error or type(error).__name__}). {_tls_hint(spec)}"
        )
    if isinstance(error, OSError):
        return Trouble(f"{where} cannot be reached: {error.strerror or error}.")
    return Trouble(f"{type(error).__name__}: {error}")


def _no_consent(error: NoConsent, spec: MqttSpec) -> str:
    """Some brokers do that with a version of MQTT that they do not speak: RabbitMQ before 3.13 and amqtt with 5."""
    where = f"{spec.host}:{spec.port}"
    said = (
        f"No answer from {where}: it took the connection, and then said nothing"
        if error.silent
        else f"The connection to {where} broke: the broker closed it when asked to let us in"
    )
    version = (
        "If it does not speak MQTT 5, as many do not, choose version 3.1.1 under Advanced."
        if spec.protocol_version == "5"
        else "If it speaks MQTT 5 only, choose version 5 under Advanced."
    )
    return f"{said}. {version} {_tls_hint(spec)}"


def _tls_hint(spec: MqttSpec) -> str:
    if spec.tls:
        return "If the broker does not speak TLS at this port, switch TLS off."
    return "If the broker expects TLS at this port, switch TLS on."


def _tls(error: ssl.SSLError, spec: MqttSpec) -> Trouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(_certificate(error, spec), lasting=True)
    reason = (error.reason or str(error)).replace("_", " ").lower()
    if "wrong version number" in reason or "record layer failure" in reason:
        return Trouble(
            f"Port {spec.port} of {spec.host} does not speak TLS. Switch TLS off, or use the broker's TLS port (8883).",
            lasting=True,
        )
    if "certificate required" in reason or "handshake failure" in reason:
        return Trouble(
            "The broker wants a client certificate that it knows. Enter certificate and key.", lasting=True
        )
    if "certificate expired" in reason:
        return Trouble(
            "The broker says that our client certificate has expired. Enter a new one.", lasting=True
        )
    if "unknown ca" in reason or "bad certificate" in reason:
        return Trouble("The broker does not accept our client certificate.", lasting=True)
    return Trouble(f"No TLS connection to {spec.host}:{spec.port}: {reason}.")


def _certificate(error: ssl.SSLCertVerificationError, spec: MqttSpec) -> str:
    if error.verify_code == _EXPIRED:
        return "The broker's certificate has expired. It must be renewed there."
    if error.verify_code == _NOT_YET_VALID:
        return "The broker's certificate is not valid yet. Is the clock right, here and there?"
    if error.verify_code in (_HOST_MISMATCH, _IP_MISMATCH):
        return f"The broker's certificate is not for {spec.host}. Connect by the name that it is for."
    text = error.verify_message or "it could not be verified"
    return (
        f"The broker's certificate is not trusted ({text}). Enter the certificate of the authority that issued it "
        "(CA certificate)."
    )
