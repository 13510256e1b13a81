from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """The ingest token was stored in clear: it is sealed from now on, with the key of this server."""
    api.Environment(cr, SUPERUSER_ID, {})["fusion.secret"]._seal_clear("ir.config_parameter", "value")
