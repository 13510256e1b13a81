from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """More notations of a probe's ROM are known than before: serials of sensors written in them are found again."""
    api.Environment(cr, SUPERUSER_ID, {})["fp.tank.sensor"]._rewrite_serials()
