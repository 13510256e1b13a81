from odoo.addons.fusion_iot_base.transactions import read_committed

from .engine.aside import KIND
from .engine.worker import SessionKind


def uninstall_hook(env):
    """Nobody is to miss the engine any more, and sessions are not to hold on to devices that go with the addon."""
    # Its row goes in a transaction of its own: a running engine writes to it all the time, which the present one, being
    # older, could only fail at. Without the row it stops, and writes no sessions any more.
    with env.registry.cursor() as cr:
        read_committed(cr)
        cr.execute("SET LOCAL lock_timeout = '10s'")
        cr.execute("DELETE FROM iot_runtime_worker WHERE kind = ANY(%s)", [[SessionKind.name, KIND]])
    env.cr.execute("DELETE FROM mqtt_session")
