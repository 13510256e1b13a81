"""Certificates: our own, made on demand, and whether the server's is the one that somebody has looked at."""

from __future__ import annotations

import hmac
import re
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..errors import Misconfigured

KEY_BITS = 2048
VALID_DAYS = 3650
FINGERPRINT = "additional_config.server_fingerprint"
_HEX = re.compile(r"[0-9A-F]{64}\Z")
_DER_SEQUENCE = 0x30


class UnknownServer(Misconfigured):
    """Nobody has said yet that the server's certificate is the right one, or it is another one than that.

    :ivar fingerprint: of the certificate that it shows
    """

    def __init__(self, message: str, fingerprint: str) -> None:
        super().__init__(message)
        self.path = FINGERPRINT
        self.fingerprint = fingerprint


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """Who we say we are.

    :ivar certificate: PEM
    :ivar private_key: PEM, without a password; secret, not shown by ``repr``
    :ivar application_uri: the URI in the certificate, which goes with every session
    :ivar fingerprint: SHA-256, to be compared at the server when it is asked to trust us
    """

    certificate: str
    private_key: str = field(repr=False)
    application_uri: str
    fingerprint: str
    valid_until: datetime


def make_certificate(
    name: str = "Fusion IoT",
    application_uri: str = "",
    *,
    host: str = "",
    days: int = VALID_DAYS,
) -> OwnCertificate:
    """A new key and a certificate for it, signed by itself, as OPC 10000-6, 6.2.2 wants it. Takes up to a second.

    :param application_uri: unique in the plant; by default made of the host's name
    :param host: name of the machine that connects; by default that of this one
    """
    host = host or socket.gethostname()
    application_uri = application_uri or f"urn:{host}:FusionIoT"
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(application_uri), x509.DNSName(host)]
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,  # it signs itself: some stacks look for it
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=24))  # the clock of a machine may be late
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(own, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return OwnCertificate(
        pem, private.decode(), application_uri, fingerprint(certificate), certificate.not_valid_after_utc
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate of ours with its key, as it was entered."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def application_uri(self) -> str:
        """The first URI in it; empty for none."""
        try:
            names = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, ValueError):
            return ""
        return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), "")

    def check_dates(self) -> None:
        """:raise Misconfigured: where it is not valid today"""
        if problem := _outdated(self.certificate):
            raise Misconfigured(
                f"Our certificate {problem}: make a new one, and have the server trust it.",
                "credentials.certificate",
            )


def parse_pair(certificate: str, private_key: str, where: tuple[str, str]) -> Pair:
    """Read a certificate and its key.

    :param where: the keys of the configuration that they come from
    :raise Misconfigured: which of the two is wrong
    """
    loaded = parse_certificate(certificate, where[0])
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Misconfigured("A private key without a password is needed, in PEM.", where[1]) from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < KEY_BITS:
        raise Misconfigured(f"An RSA key of {KEY_BITS} bits or more is needed.", where[1])
    if key.public_key() != loaded.public_key():
        raise Misconfigured("The private key does not belong to the certificate.", where[1])
    return Pair(loaded, key)


def parse_certificate(text: str, where: str) -> x509.Certificate:
    """:raise Misconfigured: where it is none"""
    try:
        return _readable(x509.load_pem_x509_certificate(text.encode()))
    except (ValueError, x509.InvalidVersion):
        raise Misconfigured("A certificate in PEM is needed.", where) from None


def parse_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as people copy it, with colons or without, in the form of :func:`fingerprint`.

    :raise Misconfigured: where it is none
    """
    if not text:
        return ""
    digits = re.sub(r"[\s:]", "", text).upper().removeprefix("SHA-256").removeprefix("SHA256")
    if not _HEX.match(digits):
        raise Misconfigured("A SHA-256 fingerprint has 64 hexadecimal digits.", FINGERPRINT)
    return _in_pairs(digits)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate: ``AB:CD:…``."""
    return _in_pairs(certificate.fingerprint(hashes.SHA256()).hex().upper())


def _in_pairs(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def server_certificate(der: bytes | None) -> x509.Certificate | None:
    """The certificate that a server sent, without the chain that may follow it; ``None`` where it is none."""
    if not der or len(der) < 4 or der[0] != _DER_SEQUENCE:
        return None
    length, header = der[1], 2
    if length & 0x80:
        header += length & 0x7F
        length = int.from_bytes(der[2:header], "big")
    try:
        return _readable(x509.load_der_x509_certificate(der[: header + length]))
    except (ValueError, x509.InvalidVersion):
        return None


def _readable(certificate: x509.Certificate) -> x509.Certificate:
    """The library reads these only when they are asked for.

    :raise ValueError: where they cannot be
    """
    try:
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc, certificate.public_key()
    except UnsupportedAlgorithm:
        raise ValueError from None
    return certificate


def check_server(certificate: x509.Certificate | None, pinned: str, host: str) -> str:
    """Whether a server is the one that somebody has looked at. Gives its certificate's fingerprint.

    :param pinned: the fingerprint that it has to have; empty where nobody has said yet
    :raise UnknownServer: which one it has, and what to do
    :raise Misconfigured: where it has none, or it is not valid today
    """
    if certificate is None:
        raise Misconfigured(f"{host} shows no certificate: without one nothing can be encrypted.")
    shown = fingerprint(certificate)
    if pinned and not hmac.compare_digest(shown, pinned):
        raise UnknownServer(
            f"{host} shows another certificate than the one that is trusted; its SHA-256 is {shown}. If it was "
            "renewed, compare that with what the server says and trust it; if not, somebody may be in between.",
            shown,
        )
    if problem := _outdated(certificate):
        raise Misconfigured(f"The certificate of {host} {problem}: it needs a new one, or the right date.")
    if not pinned:
        raise UnknownServer(
            f"Nobody has trusted the certificate of {host} yet. Its SHA-256 is {shown}: compare that with what the "
            "server says, and trust it.",
            shown,
        )
    return shown


def _outdated(certificate: x509.Certificate) -> str:
    now = datetime.now(timezone.utc)
    if certificate.not_valid_after_utc < now:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if certificate.not_valid_before_utc > now:
        return f"is valid only from {certificate.not_valid_before_utc:%Y-%m-%d} on"
    return ""
