from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """More notations of a probe's ROM are known than before: identifiers of devices written in them are found again."""
    api.Environment(cr, SUPERUSER_ID, {})["iot.device"]._rewrite_serials()
