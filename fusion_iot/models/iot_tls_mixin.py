from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.addons.fusion_base.secret import SecretText
from odoo.addons.fusion_iot_base.moment_text import moment_text
from odoo.exceptions import ValidationError

from .. import pem

EXPIRY_NOTICE = timedelta(days=30)


class IotTlsMixin(models.AbstractModel):
    """How a connection to another server is encrypted: whom to trust, and who we are."""

    _name = "iot.tls.mixin"
    _description = "TLS Settings"
    _inherit = ["mail.thread", "fusion.secret.mixin"]

    tls = fields.Boolean(
        string="TLS",
        tracking=True,
        help="Encrypts what is sent, the password included, and makes sure that the other side is the right one.",
    )
    ca_certificate = fields.Text(
        string="CA certificate",
        help="Who vouches for the other side, as PEM text. Left empty, the authorities that the server's system "
        "trusts. A server with a certificate of its own making needs that certificate here.",
    )
    client_certificate = fields.Text(
        string="Client certificate",
        help="Proves who we are, as PEM text, where the other side asks for that. It may be followed by "
        "intermediate certificates.",
    )
    client_key = SecretText(
        string="Client key",
        groups="base.group_system",
        help="The private key of the client certificate, as PEM text without a passphrase. Set by administrators only, "
        "and shown to nobody: the dots stand for one that is stored. It is encrypted in the database.",
    )
    tls_insecure = fields.Boolean(
        string="Accept any certificate",
        tracking=True,
        help="Do not check whose certificate the other side shows. Anybody in between can pretend to be it then, "
        "read the password and send readings.",
    )

    @api.constrains("ca_certificate", "client_certificate", "client_key")
    def _check_pem(self):
        opened = self._open_secrets("client_key")
        for record in self.sudo():
            for name in ("ca_certificate", "client_certificate"):
                if record[name]:
                    self._check_certificate(self._fields[name]._description_string(self.env), record[name])
            if key := opened[record.id]["client_key"]:
                self._check_key(key)

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

    def _certificate_warnings(self, key):
        """What of the certificates is allowed and still will not work for long, or not at all; one line each.

        :param key: the client key in clear, as `_open_secrets` gives it
        """
        record = self.sudo()
        lines = []
        loaded = {}
        for name in ("ca_certificate", "client_certificate"):
            try:
                loaded[name] = pem.load_certificates(record[name] or "")
            except ValueError:
                continue
            label = self._fields[name]._description_string(self.env)
            lines += [self._expiry_warning(label, certificate) for certificate in loaded[name]]
        certificates = loaded.get("client_certificate", [])
        if bool(certificates) != bool(record.client_key):
            lines.append(
                self.env._("A client certificate and its key go together, and one of the two is missing.")
            )
        elif certificates and key and not _key_fits(certificates[0], key):
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
            "date": moment_text(self.env, expiry.replace(tzinfo=None)),
        }
        if expiry <= now:
            return self.env._("%(label)s: %(name)s has expired on %(date)s.", **values)
        return self.env._("%(label)s: %(name)s expires on %(date)s.", **values)


def _key_fits(certificate, text):
    try:
        return pem.fits(certificate, pem.load_key(text))
    except ValueError:
        return False
