import hashlib
import hmac
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_iot_base.networks import read_networks
from odoo.addons.fusion_iot_base.scope import Scope, read_serials
from odoo.exceptions import AccessError, UserError, ValidationError

PREFIX = "fiot_"
"""Tokens begin with it: they are told from the shared one without a query, and a scanner finds those that leaked."""
KEY = "fusion_iot.credential_key"
LAST_USED_EVERY = timedelta(minutes=1)
STATES = [
    ("draft", "No token yet"),
    ("active", "Active"),
    ("overlap", "Old token still valid"),
    ("expired", "Expired"),
    ("revoked", "Revoked"),
    ("unreadable", "Cannot be read"),
]
SCOPES = [("listed", "The devices and serials listed here"), ("all", "All devices of its company")]

# Read for each request and never kept in the process: what is revoked is so at once, in every worker.
_FIND = """
    SELECT credential.id, company_id, scope, serials, networks, rate_limit, expires_at, revoked_at, last_used_at,
           token_hash = %(hash)s OR previous_until > %(now)s AS in_force,
           ARRAY(SELECT device.identifier
                   FROM iot_credential_device covered JOIN iot_device device ON device.id = covered.device_id
                  WHERE covered.credential_id = credential.id AND device.active) AS devices
      FROM iot_credential credential
     WHERE token_hash = %(hash)s OR previous_hash = %(hash)s
"""
# A request does not wait for another one of the same sender.
_USED = """
    UPDATE iot_credential SET last_used_at = %(now)s, last_address = %(address)s
     WHERE id IN (SELECT id FROM iot_credential WHERE id = %(id)s FOR NO KEY UPDATE SKIP LOCKED)
"""


class IotCredential(models.Model):
    """A token of one device, gateway or program, and what may be written with it.

    The token is shown once. What is stored is a keyed hash of it, and a fast one: a token of 256 random bits cannot be
    guessed however fast the guesses are, so that a slow hash would only slow down each request. The key, which is
    sealed with that of the server, keeps whoever can write to the database from putting a token of their own there.
    """

    _name = "iot.credential"
    _description = "Device Credential"
    _inherit = ["mail.thread", "fusion.kept.mixin", "iot.refused.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(
        required=True, tracking=True, help="Who sends with it: a device, a gateway, a program."
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        tracking=True,
        help="What is sent with it is of this company, and finds only what belongs to it or to no company. Left empty, "
        "it is of no company: where several have a device of that name, it is refused.",
    )
    scope = fields.Selection(
        SCOPES,
        string="May write",
        required=True,
        default="listed",
        tracking=True,
        help="A request with anything else in it is refused as a whole.",
    )
    device_ids = fields.Many2many(
        "iot.device",
        "iot_credential_device",
        "credential_id",
        "device_id",
        string="Devices",
        check_company=True,
        help="By their identifiers. Archived ones do not count.",
    )
    serials = fields.Text(
        tracking=True,
        help="Serials of probes, or identifiers of devices that are not registered, one a line. A line that ends "
        "with * stands for all that begin so: 28-0000*.",
    )
    expires_at = fields.Datetime(
        string="Expires at", tracking=True, copy=False, help="Left empty, it does not expire."
    )
    rate_limit = fields.Integer(
        string="Requests per minute",
        default=600,
        tracking=True,
        help="More are answered with 429. A request may have thousands of measurements. Each worker process of the "
        "server counts for itself. 0: no limit.",
    )
    networks = fields.Char(
        string="Allowed from",
        tracking=True,
        help="Addresses and networks, with commas between them: 192.168.1.20, 10.0.0.0/8, fd00::/8. Left empty, it "
        "may be used from anywhere.",
    )
    note = fields.Text(help="Where the device is, who looks after it.")

    state = fields.Selection(STATES, compute="_compute_state")
    token_end = fields.Char(
        string="Token ends with", readonly=True, copy=False, help="By which the token is recognised."
    )
    issued_at = fields.Datetime(string="Token made", readonly=True, copy=False)
    previous_until = fields.Datetime(string="Old token valid until", readonly=True, copy=False)
    revoked_at = fields.Datetime(string="Revoked at", readonly=True, copy=False, tracking=True)
    last_used_at = fields.Datetime(
        string="Last used", readonly=True, copy=False, help="Noted once a minute at most."
    )
    last_address = fields.Char(string="Last used from", readonly=True, copy=False)
    token_hash = fields.Char(string="Token hash", readonly=True, copy=False, groups="base.group_system")
    previous_hash = fields.Char(
        string="Hash of the old token", readonly=True, copy=False, groups="base.group_system"
    )

    _token_unique = models.UniqueIndex("(token_hash)", "This token exists already.")
    _previous_unique = models.UniqueIndex("(previous_hash)", "This token exists already.")
    _rate_limit_not_negative = models.Constraint(
        "CHECK (rate_limit >= 0)", "A credential cannot have less than no requests per minute."
    )

    @api.depends("issued_at", "previous_until", "revoked_at", "expires_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        unreadable = self._is_key_unreadable()
        for credential in self:
            if credential.revoked_at:
                credential.state = "revoked"
            elif not credential.issued_at:
                credential.state = "draft"
            elif unreadable:
                credential.state = "unreadable"
            elif credential.expires_at and credential.expires_at <= now:
                credential.state = "expired"
            else:
                old = credential.previous_until and credential.previous_until > now
                credential.state = "overlap" if old else "active"

    @api.constrains("networks")
    def _check_networks(self):
        for credential in self:
            try:
                read_networks(credential.networks)
            except ValueError as exc:
                raise ValidationError(
                    self.env._("%s is neither an address nor a network such as 10.0.0.0/8.", exc)
                ) from None

    @api.constrains("serials")
    def _check_serials(self):
        for credential in self:
            try:
                read_serials(credential.serials)
            except ValueError as exc:
                raise ValidationError(
                    self.env._(
                        "“%s” is no serial: a line has one serial of at most 128 characters, or its beginning and *.",
                        str(exc)[:128],
                    )
                ) from None

    @api.model_create_multi
    def create(self, vals_list):
        credentials = super().create(vals_list)
        credentials._check_reach()
        return credentials

    def write(self, vals):
        self._check_reach()
        result = super().write(vals)
        self._check_reach()
        return result

    def _check_reach(self):
        """Leave credentials of no company, which reach the devices of all, to people of all companies."""
        if any(not credential.company_id for credential in self) and not (
            self.env.su or self.env.user._is_of_all_companies()
        ):
            raise AccessError(
                self.env._(
                    "A credential of no company reaches the devices of all companies, and you do not belong to all of "
                    "them. Set its company."
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for credential, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", credential.name)
        return vals_list

    def _keeper(self, field):
        return self.env._("the server, when a token is made or used")

    def action_rotate(self):
        """Open the dialog that makes a token."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rotate the Token") if self.issued_at else self.env._("Make a Token"),
            "res_model": "iot.credential.rotate",
            "view_mode": "form",
            "target": "new",
            "context": {"default_credential_id": self.id},
        }

    def action_revoke(self):
        """Refuse whatever is sent with these credentials from now on."""
        self.check_access("write")
        self.sudo().write({"revoked_at": fields.Datetime.now(), "previous_until": False})

    def _issue(self, hours=0):
        """Make a new token, and return it.

        :param hours: for how long the one before stays valid
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        now = fields.Datetime.now()
        if self.expires_at and self.expires_at <= now:
            raise UserError(self.env._("This credential has expired. Set a later end first."))
        self._make_key()
        token = PREFIX + secrets.token_urlsafe(32)
        credential = self.sudo()
        overlaps = bool(hours and credential.token_hash and not credential.revoked_at)
        credential.write(
            {
                "previous_hash": overlaps and credential.token_hash,
                "previous_until": overlaps and now + timedelta(hours=hours),
                "token_hash": self._hash(token),
                "token_end": token[-4:],
                "issued_at": now,
                "revoked_at": False,
            }
        )
        credential.message_post(body=self.env._("A new token was made. It ends with %s.", token[-4:]))
        return token

    @api.model
    def _make_key(self):
        """Make the key of the hashes with the first token. A request never does: to write it empties Odoo's caches.

        Where there is one that cannot be read, only administrators make another.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param(KEY):
            return
        if self._is_key_unreadable():
            self._give_up_key()
        parameters.set_param(KEY, secrets.token_hex(32))

    @api.model
    def _is_key_unreadable(self):
        """Whether the server's key does not open that of the hashes: no token can be told from another."""
        return self.env["ir.config_parameter"].sudo()._is_unreadable(KEY)

    @api.model
    def _give_up_key(self):
        """Forget what was stored of all tokens: with another key they are not found again."""
        if not self.env.is_system():
            raise UserError(
                self.env._(
                    "The tokens of all credentials cannot be read with the present key of the server. Have an "
                    "administrator restore the former key, or make this token: every other credential needs a new one "
                    "then, too."
                )
            )
        lost = self.sudo().search([("issued_at", "!=", False)])
        lost.write(
            {
                "token_hash": False,
                "previous_hash": False,
                "previous_until": False,
                "issued_at": False,
                "token_end": False,
            }
        )
        body = self.env._("The token was lost with the key of the server. Make a new one.")
        lost._message_log_batch(bodies=dict.fromkeys(lost.ids, body))

    @api.model
    def _hash(self, token):
        """What is stored of a token; ``None`` where no token was ever made, or the key cannot be read."""
        key = self.env["ir.config_parameter"].sudo().get_param(KEY)
        return hash_token(key, token) if key else None

    @api.model
    def _hashes_in_force(self):
        """The key of the hashes, and those of all tokens that may be used, or may not any more: as `_find`."""
        self.flush_model()
        self.env.cr.execute(
            """
            SELECT token_hash FROM iot_credential WHERE token_hash IS NOT NULL
             UNION SELECT previous_hash FROM iot_credential WHERE previous_until > %s
            """,
            [fields.Datetime.now()],
        )
        hashes = frozenset(row[0] for row in self.env.cr.fetchall())
        return self.env["ir.config_parameter"].sudo().get_param(KEY), hashes

    @api.model
    def _find(self, token):
        """What is known of a token, as a dict; ``None`` where it is none, or no more."""
        self.flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(_FIND, {"hash": self._hash(token), "now": now})
        found = self.env.cr.dictfetchone()
        return found if found and found["in_force"] else None

    @api.model
    def _scope_of(self, found):
        """The `Scope` of what `_find` has found."""
        if found["scope"] == "all":
            return Scope(found["company_id"], everything=True)
        serials, prefixes = read_serials(found["serials"])
        return Scope(found["company_id"], False, serials.union(found["devices"]), prefixes)

    @api.model
    def _note_used(self, found, address):
        """Note that a credential was used; rarely, since each request would write to it."""
        now, last = fields.Datetime.now(), found["last_used_at"]
        if last is None or now - last >= LAST_USED_EVERY:
            self.env.cr.execute(_USED, {"id": found["id"], "now": now, "address": address and str(address)})
            self.invalidate_model(["last_used_at", "last_address"])


def hash_token(key, token):
    """What is stored of a token."""
    return hmac.new(key.encode(), token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
