from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """The key of the hashes of tokens was stored in clear: it is sealed from now on, as the shared token is."""
    api.Environment(cr, SUPERUSER_ID, {})["fusion.secret"]._seal_clear("ir.config_parameter", "value")
