from odoo.addons.fusion_iot.runtime.kinds import register

from .engine.kind import NAME, SessionKind


def install_runtime():
    """Have this server's runtime run the session engine, too."""
    register(SessionKind())


def uninstall_hook(env):
    """Nobody is to miss the engine any more, and sessions are not to hold on to devices that go with the addon."""
    env.cr.execute("DELETE FROM mqtt_session")
    env.cr.execute("DELETE FROM iot_runtime_worker WHERE kind = %s", [NAME])
