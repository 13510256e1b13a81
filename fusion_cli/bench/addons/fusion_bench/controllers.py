from odoo import http
from odoo.http import request


class NoopController(http.Controller):
    @http.route(
        "/fusion/bench/noop", type="http", auth="none", methods=["POST"], csrf=False, save_session=False
    )
    def noop(self):
        """What a request to this server costs before it does anything."""
        request.env.cr.execute("SELECT 1")
        return "ok"
