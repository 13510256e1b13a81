"""Certificates and keys as people paste them: PEM (RFC 7468)."""

import re
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class EncryptedKeyError(ValueError):
    """The key is locked with a passphrase, which nobody is there to type."""


def load_certificates(pem: str) -> list[x509.Certificate]:
    """The certificates in a text, in order. Raises ``ValueError`` when there is none or one is broken."""
    blocks = _CERTIFICATE.findall(pem)
    if not blocks:
        raise ValueError("no certificate")
    return [x509.load_pem_x509_certificate(block.encode()) for block in blocks]


def load_key(pem: str):
    """The private key in a text. Raises ``ValueError`` when there is none or it is broken or locked."""
    try:
        return load_pem_private_key(pem.strip().encode(), password=None)
    except TypeError as error:
        raise EncryptedKeyError from error


def has_private_key(pem: str) -> bool:
    """Whether a text holds a private key, whatever its kind."""
    return "PRIVATE KEY-----" in pem


def expires_at(certificate: x509.Certificate) -> datetime:
    """Until when a certificate is valid, aware UTC."""
    try:
        return certificate.not_valid_after_utc
    except AttributeError:  # before cryptography 42
        return certificate.not_valid_after.replace(tzinfo=timezone.utc)


def fits(certificate: x509.Certificate, key) -> bool:
    """Whether a private key is that of a certificate."""
    encoding = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_key().public_bytes(*encoding) == key.public_key().public_bytes(*encoding)


def common_name(certificate: x509.Certificate) -> str:
    """Whom a certificate is about, as people call it."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
