from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from odoo.tests import TransactionCase


class MqttCase(TransactionCase):
    """A connection that is not started, and a way to make devices on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Connection = cls.env["mqtt.connection"]
        cls.connection = cls.Connection.create({"name": "Line", "host": "broker.test"})

    @classmethod
    def make_device(cls, device_id, **values):
        return cls.env["mqtt.device"].create(
            {
                "name": device_id,
                "device_id": device_id,
                "connection_id": cls.connection.id,
                "topic_pattern": f"tele/{device_id}/#",
                **values,
            }
        )


def make_key():
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key, passphrase=None):
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


def certificate_pem(key, name="broker.test", days=365):
    """A self-signed certificate that is valid for so many days; expired with a negative number."""
    now = datetime.now(timezone.utc)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()
