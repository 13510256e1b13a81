from odoo import models
from odoo.http import ROUTING_KEYS, _generate_routing_rules, root
from odoo.tools.misc import submap
from werkzeug.routing import Rule

from ..plain_json import keep_answering


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def _register_hook(self):
        """Keep the device routes answering in JSON while the database is away, and read their bodies early.

        Odoo falls back to its routes without a database then, and would answer devices with an HTML page.
        """
        super()._register_hook()
        endpoints = dict(_generate_routing_rules(self.pool._init_modules, nodb_only=True))
        routes = {url: item for url, item in endpoints.items() if item.routing["type"] == "plain_json"}
        early = {url: item for url, item in endpoints.items() if item.routing.get("early_body")}
        keep_answering(
            {url: item.routing.get("max_content_length") for url, item in (routes | early).items()}
        )
        known = {rule.rule for rule in root.nodb_routing_map.iter_rules()}
        for url in routes.keys() - known:
            rule = Rule(url, endpoint=routes[url], **submap(routes[url].routing, ROUTING_KEYS))
            rule.merge_slashes = False
            root.nodb_routing_map.add(rule)
