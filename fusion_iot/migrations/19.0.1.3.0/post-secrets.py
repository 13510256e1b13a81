from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """What the server needs in clear was stored in clear: it is sealed from now on, with the key of this server."""
    secrets = api.Environment(cr, SUPERUSER_ID, {})["fusion.secret"]
    secrets._seal_clear("mqtt.connection", "password", "client_key")
    secrets._seal_clear("iot.box", "channel", "token_hash")
