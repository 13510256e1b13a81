from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Defaults of fields that are secrets now were stored in clear: they are deleted."""
    secrets = api.Environment(cr, SUPERUSER_ID, {})["fusion.secret"]
    secrets._forget_defaults("mqtt.connection", "password", "client_key")
    secrets._forget_defaults("iot.box", "channel", "token_hash")
