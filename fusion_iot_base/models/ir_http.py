from odoo import models
from odoo.exceptions import AccessDenied
from odoo.http import _generate_routing_rules, request

from ..plain_json import PlainJsonDispatcher
from ..route_table import routes
from ..transactions import database_unavailable


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _authenticate_explicit(cls, auth):
        """Say that the database is away where Odoo would take that for a wrong key, and a device would give up."""
        try:
            super()._authenticate_explicit(auth)
        except AccessDenied as exc:
            before = exc.__context__
            if isinstance(request.dispatcher, PlainJsonDispatcher) and database_unavailable(before):
                raise before from None
            raise

    def _register_hook(self):
        """Keep the device routes answering in JSON while the database is away, and look at what they are sent early."""
        super()._register_hook()
        converters = self._get_converters()
        found = _generate_routing_rules(self.pool._init_modules, nodb_only=False, converters=converters)
        routes.add(
            [
                (url, endpoint)
                for url, endpoint in found
                if endpoint.routing["type"] == "plain_json"
                or endpoint.routing.get("early_body")
                or endpoint.routing.get("knows")
            ],
            converters,
        )
