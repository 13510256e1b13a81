import logging

from odoo import api, models

from ..sealing import CannotOpen, KeyUnusable, is_sealed
from ..secret import SealedColumn, seal, server_keys

_logger = logging.getLogger(__name__)

OURS = "fusion_"
"""What the keys of the suite's parameters begin with."""

# Keys of parameters that could not be opened, of which the log has said so.
_told = set()


class IrConfigParameter(models.Model):
    """System parameters that are secrets are sealed when they are written.

    Only the server's own code (in superuser mode) gets them in clear, with `get_param`. All other ways to read them
    give the sealed text.
    """

    _inherit = "ir.config_parameter"

    @api.model
    def _secret_params(self):
        """The keys of those that are secrets; for each the value that stands for none and stays readable, or "".

        Extended by the addons that have such parameters.
        """
        return {}

    @api.model
    def _sealed_columns(self):
        params = self._secret_params()
        return [
            SealedColumn(
                self._name,
                self._table,
                "value",
                record="key",
                only=tuple(params),
                clear=True,
                public=frozenset(params.values()),
            )
        ]

    @api.model
    def _get_param(self, key):
        # Odoo empties its cache of parameters before the writer commits, and not after it. Who reads in between fills
        # it with the former value, which that server then goes by until it is restarted: a token that was replaced, a
        # home that was left. On a server that devices send to all the time, somebody always reads in between.
        if not key.startswith(OURS):
            return super()._get_param(key)
        self.flush_model(["key", "value"])
        self.env.cr.execute("SELECT value FROM ir_config_parameter WHERE key = %s", [key])
        found = self.env.cr.fetchone()
        return found and found[0]

    @api.model
    def get_param(self, key, default=False):
        value = super().get_param(key, default)
        if not self.env.su or not self._holds_secret(key, value):
            return value
        text = self._opened(key, value)
        return default if text is None else text

    @api.model
    def _is_unreadable(self, key):
        """Whether a secret is stored there that the present keys of the server do not open.

        `get_param` gives its default then, as it does where nothing is stored.
        """
        value = super().get_param(key)
        return self._holds_secret(key, value) and self._opened(key, value) is None

    @api.model
    def _holds_secret(self, key, value):
        return key in self._secret_params() and bool(value) and is_sealed(str(value))

    @api.model
    def _opened(self, key, value):
        """The text of a sealed parameter; ``None`` where no key opens it, and the log says so once."""
        try:
            return server_keys().open(value, (self._name, key, "value"))
        except (CannotOpen, KeyUnusable):
            if key not in _told:
                _told.add(key)
                _logger.error(
                    "The system parameter %s cannot be read with the present key of the server. Restore the former "
                    "key, or replace what it holds.",
                    key,
                )
            return None

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_sealed(vals.get("key"), vals) for vals in vals_list])

    def write(self, vals):
        if vals.keys().isdisjoint(("key", "value")):
            return super().write(vals)
        secret = self.filtered(lambda param: vals.get("key", param.key) in self._secret_params())
        for param in secret:
            key, value = vals.get("key", param.key), vals.get("value", param.value)
            super(IrConfigParameter, param).write(self._with_sealed(key, {**vals, "value": value}))
        return super(IrConfigParameter, self - secret).write(vals)

    def _with_sealed(self, key, vals):
        value = vals.get("value")
        params = self._secret_params()
        if key not in params or not value or value == params[key] or is_sealed(str(value)):
            return vals
        return {**vals, "value": seal(self.env, str(value), (self._name, key, "value"))}
