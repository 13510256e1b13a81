from datetime import datetime, timezone
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _lang_get, _tz_get
from odoo.addons.fusion_base.secret import MASK, Secret
from odoo.exceptions import AccessError, UserError, ValidationError

from fusion_iot_core.notify import signing
from fusion_iot_core.notify.destination import Unusable, checked_url
from fusion_iot_core.notify.formats import Access, Note, post

from ..runtime.notify.jobs import WebhookJob

SECRETS = ("token", "url_key", "signing_key")


class IotAlertWebhook(models.Model):
    """A program, or a service, that is told by an HTTP request."""

    _name = "iot.alert.webhook"
    _description = "Webhook"
    _inherit = ["fusion.secret.mixin", "fusion.kept.mixin"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Alerts of this company. Left empty: of all of them.",
    )
    format = fields.Selection(
        [
            ("generic", "JSON"),
            ("ntfy", "ntfy"),
            ("telegram", "Telegram bot"),
            ("teams", "Microsoft Teams workflow"),
        ],
        required=True,
        default="generic",
    )
    url = fields.Char(
        string="Address",
        required=True,
        help="Where the request goes. ntfy: with the topic at the end. Telegram: https://api.telegram.org. "
        "Addresses inside your own network are allowed.",
    )
    url_key = Secret(
        string="Secret part of the address",
        help="What follows the address and is as good as a password: of a Teams workflow, all from the question mark "
        "on. Kept encrypted.",
    )
    allow_http = fields.Boolean(
        string="Without encryption",
        help="Allows http:// addresses. Whoever is in between reads what is sent, tokens included.",
    )
    token = Secret(
        string="Token", help="ntfy: an access token. Telegram: the token of the bot. Kept encrypted."
    )
    chat = fields.Char(string="Chat", help="Telegram: the id of the chat, or @channel.")
    signing_key = Secret(
        string="Signing key",
        help="With it the receiver can check that a request comes from here (Standard Webhooks): whsec_ and Base64 of "
        "24 to 64 bytes. Kept encrypted.",
    )
    lang = fields.Selection(_lang_get, string="Language", default=lambda self: self.env.lang)
    tz = fields.Selection(_tz_get, string="Time zone", default=lambda self: self.env.user.tz)

    @api.constrains("url", "allow_http", "format", "chat")
    def _check_url(self):
        for webhook in self:
            try:
                checked_url(webhook.url, webhook.allow_http)
            except Unusable as error:
                words = self.env["iot.alert.delivery"]._in_words(f"url_{error.reason}", "")
                raise ValidationError(words) from error
            if webhook.format == "telegram" and not webhook.chat:
                raise ValidationError(self.env._("Which chat is the bot to write to?"))

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._with_secrets_clean(self._with_secret_apart(vals)) for vals in vals_list]
        webhooks = super().create(vals_list)
        webhooks._check_reach()
        return webhooks

    def write(self, vals):
        self._check_reach()
        vals = self._with_secrets_clean(self._with_secret_apart(vals))
        if "url" in vals or "allow_http" in vals:
            # What was entered for one place is not sent to another one, or in clear.
            for webhook in self.filtered(lambda webhook: webhook._goes_elsewhere(vals)):
                webhook._forget_secrets(vals)
        result = super().write(vals)
        self._check_reach()
        return result

    def _check_reach(self):
        """Leave those of no company, which are told of alerts of all, to people of all companies."""
        if any(not webhook.company_id for webhook in self) and not (
            self.env.su or self.env.user._is_of_all_companies()
        ):
            raise AccessError(
                self.env._(
                    "A webhook of no company is told of the alerts of all companies, and you do not belong to all of "
                    "them. Set its company."
                )
            )

    @api.model
    def _with_secret_apart(self, vals):
        """With the query of an address, which people paste whole, among the secrets."""
        url, mark, query = (vals.get("url") or "").strip().partition("?")
        if not mark:
            return {**vals, "url": url} if "url" in vals else vals
        return {**vals, "url": url, "url_key": f"?{query}"}

    @api.model
    def _with_secrets_clean(self, vals):
        """With secrets as they can be sent: what was pasted may have blanks around it."""
        clean = {
            name: vals[name].strip()
            for name in SECRETS
            if isinstance(vals.get(name), str) and vals[name] != MASK
        }
        for name, text in clean.items():
            if not text.isprintable() or " " in text:
                label = self._fields[name]._description_string(self.env)
                raise ValidationError(self.env._("%s: there are blanks or line breaks in it.", label))
        self._check_key(clean)
        return {**vals, **clean}

    @api.model
    def _check_key(self, vals):
        key = vals.get("signing_key")
        if not key:
            return
        try:
            signing.key_of(key)
        except ValueError as error:
            raise ValidationError(
                self.env._("A signing key is Base64 of 24 to 64 bytes: %s. Have one made.", error)
            ) from error

    def _goes_elsewhere(self, vals):
        before, after = urlsplit(self.url or ""), urlsplit(vals.get("url", self.url) or "")
        is_less_protected = vals.get("allow_http") and not self.allow_http
        return (before.scheme, before.netloc) != (after.scheme, after.netloc) or is_less_protected

    def _forget_secrets(self, vals):
        kept = {name for name in SECRETS if vals.get(name) not in (None, MASK)}
        super().write(dict.fromkeys(set(SECRETS) - kept, False))

    def action_make_key(self):
        """Make a signing key. It is shown this once."""
        self.ensure_one()
        self.check_access("write")
        key = signing.new_secret()
        self.signing_key = key
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Signing key, shown only now"),
                "message": key,
                "type": "info",
                "sticky": True,
            },
        }

    def action_test(self):
        """Send a test, and say how it went."""
        self.ensure_one()
        self.check_access("write")
        return self.env["iot.alert.delivery"]._tried(self._try())

    def _try(self):
        """Send a test to each: list of names and `Outcome`."""
        results = []
        for webhook in self:
            key = self.env["iot.alert.delivery"]._new_key()
            note = webhook._test_note(key)
            try:
                outcome = WebhookJob(0, 0, webhook.sudo()._post(note), webhook.allow_http).run()
                results.append((webhook.name, outcome))
            except UserError as error:
                results.append((webhook.name, str(error)))
        return results

    def _test_note(self, key):
        spoken = self.with_context(lang=self.lang or self.env.lang)
        return Note(
            key=key,
            event="test",
            title=spoken.env._("Fusion IoT: a test"),
            lines=(spoken.env._("Alerts come like this. There is nothing to do."),),
            more="",
            severity="info",
            url=self.get_base_url(),
            open_label=spoken.env._("Open"),
            alerts=(),
            count=0,
            at=datetime.now(timezone.utc),
        )

    def _post(self, note):
        """The request that tells this receiver; for the server's own use.

        :raise UserError: where its secrets cannot be read
        """
        opened = self._open_secrets(*SECRETS)[self.id]
        if trouble := self._secret_trouble(opened):
            raise UserError(trouble)
        access = Access(
            url=(self.url or "") + opened["url_key"],
            token=opened["token"],
            chat=self.chat or "",
            secret=opened["signing_key"],
            url_key=opened["url_key"],
        )
        return post(self.format, note, access, datetime.now(timezone.utc))
