from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Sessions whose power is still stored are worked out again: counters, instants and pauses count otherwise now."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["mqtt.session"]._recompute_from_power()
