import logging
import secrets
from datetime import timedelta
from urllib.parse import quote, urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq

from ..known_boxes import hashed

_logger = logging.getLogger(__name__)

# A box ignores `server_clear` in the first five seconds of a connection.
DEAF_S = 5.0


class IotBoxToken(models.Model):
    """A permission to pair one box, once, until it expires. Only its hash is stored."""

    _name = "iot.box.token"
    _description = "Pairing Token"
    _inherit = ["fusion.kept.mixin"]
    _order = "id desc"

    token_hash = fields.Char(string="Token hash", required=True, groups="base.group_system")
    name = fields.Char(help="Name of the new box.")
    box_id = fields.Many2one(
        "iot.box", ondelete="cascade", help="The box that the new one takes the place of."
    )
    company_id = fields.Many2one("res.company", ondelete="cascade")
    server_url = fields.Char(string="Server URL", required=True)
    expires_at = fields.Datetime(string="Expires at", required=True)
    used_at = fields.Datetime(string="Used at")

    _token_unique = models.UniqueIndex("(token_hash)", "This token exists already.")

    @api.model
    def _issue(self, minutes, **values):
        """Make a token that is good for some minutes.

        :return: what is to be pasted on the page of the box (`save_conf_server` of the client takes its parts). It
            carries neither a database id nor a contract number, so that the box asks nobody else for a certificate.
        """
        url = self.env["iot.box"]._server_url()
        token = secrets.token_urlsafe(24)
        self.sudo().create(
            {
                **values,
                "token_hash": hashed(token),
                "server_url": url,
                "expires_at": fields.Datetime.now() + timedelta(minutes=minutes),
            }
        )
        return f"{url}?token={token}&db_uuid=&enterprise_code=&db_name={quote(self.env.cr.dbname, safe='')}"

    @api.model
    def _open(self):
        """Those that still may be used."""
        return self.search([("used_at", "=", False), ("expires_at", ">", fields.Datetime.now())])

    @api.model
    def _claim(self, token):
        """The unused, unexpired record of a token, locked until the end of the transaction; else empty."""
        self.flush_model()
        self.env.cr.execute(
            """SELECT id FROM iot_box_token
                WHERE token_hash = %s AND used_at IS NULL AND expires_at > now() AT TIME ZONE 'UTC' FOR UPDATE""",
            [hashed(token)],
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    @api.autovacuum
    def _gc_expired(self):
        self.search([("expires_at", "<", fields.Datetime.now() - timedelta(days=30))]).unlink()


class IotBox(models.Model):
    _inherit = "iot.box"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _server_url(self):
        """The address under which boxes reach this server. Raises ``UserError`` where they would refuse it."""
        url = self._param_url()
        if not self._reachable(url):
            raise UserError(
                self.env._(
                    "The address of this server is %s, where no box can reach it. Set the system parameter "
                    "web.base.url to an address that works from the box, for example http://192.168.1.10:8069.",
                    url or "?",
                )
            )
        return url

    @api.model
    def _reachable(self, url):
        """Whether a box would take an address (`url_is_valid` of the client) and keep all of it (`parse_url`)."""
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname, parts.port
        except ValueError:
            return False
        return (
            parts.scheme in ("http", "https")
            and host not in (None, "localhost")
            and not (parts.path or parts.query or parts.fragment or parts.username)
        )

    @api.model
    def _admit(self, identifier, token):
        """The box that may call itself so, locked. A fresh token pairs it; without a valid one: empty."""
        box = self._known(identifier, token)
        claimed = not box and self.env["iot.box.token"]._claim(token)
        if not claimed:
            # While this waited for the lock, another request of the same box may have used the token.
            return box or self._known(identifier, token)
        return self._pair(identifier, token, claimed)

    @api.model
    def _known(self, identifier, token):
        self.flush_model(["identifier", "state", "token_hash"])
        self.env.cr.execute(
            "SELECT id FROM iot_box WHERE identifier = %s AND state = 'paired' FOR NO KEY UPDATE",
            [identifier],
        )
        box = self.browse(box_id for (box_id,) in self.env.cr.fetchall())
        token_hash = box and box._open_secrets("token_hash")[box.id]["token_hash"]
        return box if token_hash and consteq(token_hash, hashed(token)) else self.browse()

    @api.model
    def _pair(self, identifier, token, claimed):
        box = self.with_context(active_test=False).search([("identifier", "=", identifier)])
        if (box | claimed.box_id).company_id - claimed.company_id:
            _logger.warning("Box %s was refused: it belongs to another company", identifier)
            return self.browse()
        if claimed.box_id and box != claimed.box_id:
            box._step_aside()
            box = claimed.box_id
            # The one that is replaced may still be there, and would go on calling.
            box._tell("server_clear", {})
            box._become(identifier)
        elif not box:
            box = self.create(
                {
                    "identifier": identifier,
                    "name": claimed.name or self.env._("Box %s", identifier[-6:]),
                    "company_id": claimed.company_id.id,
                }
            )
        now = fields.Datetime.now()
        claimed.used_at = now
        # A command that still waits for the box that was here before is not for this one.
        box._hang_up()
        box.write(
            {
                "active": True,
                "state": "paired",
                "paired_at": now,
                "token_hash": hashed(token),
                "channel": box._new_channel(),
                "server_url": claimed.server_url,
            }
        )
        box.message_post(body=self.env._("Paired, with a token of %s.", claimed.create_uid.name))
        return box

    def _step_aside(self):
        """Give the identifier away, since the same hardware takes the place of another box."""
        for box in self:
            box._unpair()
            box._become(
                self.env._(
                    "%(identifier)s (until %(date)s, %(id)s)",
                    identifier=box.identifier,
                    date=fields.Date.today(),
                    id=box.id,
                )
            )

    def _become(self, identifier):
        """Take another identifier, and let the devices follow that are named after the box."""
        self.ensure_one()
        before = self.identifier
        self.identifier = identifier
        for device in self.with_context(active_test=False).device_ids:
            if device.identifier == device._identifier_on(before, device.box_device):
                device.identifier = device._identifier_on(identifier, device.box_device)
        # Before anybody else takes the names that have become free: they are unique.
        self.env.flush_all()

    def action_unpair(self):
        """Part with boxes: they forget this server, and nothing they send is taken any more."""
        self.check_access("write")
        self.sudo()._wait_until_heard(DEAF_S)
        self._unpair()
        return True

    def _unpair(self):
        paired = self.sudo().filtered(lambda box: box.state == "paired")
        paired._tell("server_clear", {})
        paired._hang_up()
        paired.write({"state": "unpaired", "token_hash": False, "channel": False})
        for box in paired:
            box.message_post(body=self.env._("Unpaired."))
        paired._nudge()

    def action_replace(self):
        """Open the pairing of another box that takes the place of this one."""
        self.ensure_one()
        self.check_access("write")
        return self.env["iot.box.pairing"]._open(box_id=self.id)
