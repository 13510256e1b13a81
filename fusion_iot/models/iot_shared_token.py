import logging

from odoo import api, models

_logger = logging.getLogger(__name__)


class IotSharedToken(models.Model):
    """What became of requests with the token that all devices share. The token itself is a system parameter.

    There is one record. It is no system parameter, too: to write one empties Odoo's caches.
    """

    _name = "iot.shared.token"
    _description = "Use of the Shared Token"
    _inherit = ["iot.refused.mixin", "fusion.kept.mixin"]

    @api.model
    def _only(self):
        token = self.env.ref("fusion_iot.shared_token", raise_if_not_found=False)
        return token.sudo() if token else self.browse()

    @api.model
    def _note(self, tally):
        """Note what was refused. Returns whether there is nothing left to do."""
        token = self._only()
        if token and not token._note_refused({token.id: tally}):
            return False
        _logger.info(
            "%d requests with the shared token were refused, the last one from %s (%s).",
            tally.count,
            tally.address,
            tally.reason,
        )
        return True
