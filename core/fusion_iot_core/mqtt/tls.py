"""The TLS context of a connection."""

from __future__ import annotations

import os
import ssl
import tempfile

from .spec import MqttSpec
from .trouble import BadSettings


def context(spec: MqttSpec) -> ssl.SSLContext:
    """What paho needs to speak TLS as ``spec`` wants it; TLS 1.2 at least.

    Raises :class:`BadSettings` for certificates or keys that cannot be read.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if spec.ca_certificate:
            made.load_verify_locations(cadata=spec.ca_certificate)
        else:
            made.load_default_certs()
    except (ssl.SSLError, ValueError) as exc:
        raise BadSettings("The CA certificate cannot be read: it must be PEM text.") from exc
    if spec.client_certificate:
        _load_client(made, spec)
    if spec.tls_insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def _load_client(made: ssl.SSLContext, spec: MqttSpec) -> None:
    """OpenSSL reads certificate and key from a file only: a private one that is gone at once."""
    descriptor, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii", errors="replace") as file:
            file.write(f"{spec.client_certificate}\n{spec.client_key}\n")
        made.load_cert_chain(path, password=_no_password)
    except (ssl.SSLError, ValueError, OSError) as exc:
        raise BadSettings(
            "Client certificate and key cannot be used: both must be PEM text, belong together, and the key must have "
            "no password."
        ) from exc
    finally:
        os.unlink(path)


def _no_password() -> str:
    """Instead of OpenSSL's question on the terminal."""
    raise ValueError("the key has a password")
