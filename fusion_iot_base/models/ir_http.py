from odoo import models
from odoo.http import _generate_routing_rules

from ..route_table import routes


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def _register_hook(self):
        """Keep the device routes answering in JSON while the database is away, and read their bodies early."""
        super()._register_hook()
        converters = self._get_converters()
        found = _generate_routing_rules(self.pool._init_modules, nodb_only=False, converters=converters)
        routes.add(
            [
                (url, endpoint)
                for url, endpoint in found
                if endpoint.routing["type"] == "plain_json" or endpoint.routing.get("early_body")
            ],
            converters,
        )
