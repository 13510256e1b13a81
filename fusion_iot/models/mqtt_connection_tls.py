import ipaddress
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_datetime

from .. import pem
from .mqtt_connection import PORT, TLS_PORT

EXPIRY_NOTICE = timedelta(days=30)


class MqttConnection(models.Model):
    _inherit = "mqtt.connection"

    warning = fields.Text(
        compute="_compute_warning", help="What is allowed and still likely not meant, one line each."
    )

    @api.constrains("ca_certificate", "client_certificate", "client_key")
    def _check_pem(self):
        for connection in self.sudo():
            for name in ("ca_certificate", "client_certificate"):
                if connection[name]:
                    self._check_certificate(
                        self._fields[name]._description_string(self.env), connection[name]
                    )
            if connection.client_key:
                self._check_key(connection.client_key)

    def _check_certificate(self, label, text):
        if pem.has_private_key(text):
            raise ValidationError(
                self.env._(
                    "%s: this holds a private key. It belongs in the field Client key, where only administrators "
                    "see it.",
                    label,
                )
            )
        try:
            pem.load_certificates(text)
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "%s: this is not a certificate in PEM form. Copy everything from BEGIN CERTIFICATE to END "
                    "CERTIFICATE, the lines with the dashes included.",
                    label,
                )
            ) from error

    def _check_key(self, text):
        try:
            pem.load_key(text)
        except pem.EncryptedKeyError as error:
            raise ValidationError(
                self.env._(
                    "Client key: this key is locked with a passphrase, which nobody is there to type. Take the "
                    "passphrase off, for example with: openssl pkey -in locked.key -out client.key"
                )
            ) from error
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "Client key: this is not a private key in PEM form. Copy everything from BEGIN PRIVATE KEY to "
                    "END PRIVATE KEY, the lines with the dashes included."
                )
            ) from error

    @api.depends(
        "host",
        "port",
        "tls",
        "username",
        "clean_session",
        "ca_certificate",
        "client_certificate",
        "client_key",
    )
    def _compute_warning(self):
        for connection in self:
            lines = connection._transport_warnings()
            if connection.tls:
                lines += connection._certificate_warnings()
            connection.warning = "\n".join(lines)

    def _transport_warnings(self):
        lines = []
        if self.tls and self.port == PORT:
            lines.append(
                self.env._("Brokers answer without TLS at port 1883. With TLS the usual port is 8883.")
            )
        elif not self.tls and self.port == TLS_PORT:
            lines.append(self.env._("Brokers answer with TLS at port 8883, and TLS is off."))
        if not self.tls and self.sudo().username and not _is_here(self.host):
            lines.append(self.env._("Without TLS, user and password cross the network readable."))
        if self.clean_session:
            lines.append(
                self.env._("With a clean session, what devices send while no server listens is lost.")
            )
        return lines

    def _certificate_warnings(self):
        connection = self.sudo()
        lines = []
        loaded = {}
        for name in ("ca_certificate", "client_certificate"):
            try:
                loaded[name] = pem.load_certificates(connection[name] or "")
            except ValueError:
                continue
            label = self._fields[name]._description_string(self.env)
            lines += [self._expiry_warning(label, certificate) for certificate in loaded[name]]
        certificates = loaded.get("client_certificate", [])
        if bool(certificates) != bool(connection.client_key):
            lines.append(
                self.env._("A client certificate and its key go together, and one of the two is missing.")
            )
        elif certificates and not _key_fits(certificates[0], connection.client_key):
            lines.append(self.env._("The client key is not the key of the client certificate."))
        return [line for line in lines if line]

    def _expiry_warning(self, label, certificate):
        expiry = pem.expires_at(certificate)
        now = datetime.now(timezone.utc)
        if expiry > now + EXPIRY_NOTICE:
            return ""
        values = {
            "label": label,
            "name": pem.common_name(certificate),
            "date": format_datetime(self.env, expiry.replace(tzinfo=None)),
        }
        if expiry <= now:
            return self.env._("%(label)s: %(name)s has expired on %(date)s.", **values)
        return self.env._("%(label)s: %(name)s expires on %(date)s.", **values)


def _is_here(host):
    """Whether a host is this machine, so that nothing crosses a network."""
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _key_fits(certificate, text):
    try:
        return pem.fits(certificate, pem.load_key(text))
    except ValueError:
        return False
