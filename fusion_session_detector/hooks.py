from odoo.addons.fusion_iot.runtime.kinds import register

from .engine.kind import SessionKind


def install_runtime():
    """Have this server's runtime run the session engine, too."""
    register(SessionKind())
