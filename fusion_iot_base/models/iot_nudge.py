import threading
import time

from odoo import models

_INTERVAL_S = 1.0
_sent: dict[tuple, float] = {}
_lock = threading.Lock()


class IotNudge(models.AbstractModel):
    """Tells open screens that there is something new to fetch, without saying what it is.

    Record rules decide what each screen gets when it fetches. A nudge costs a row and a wake-up of every
    websocket, so there is at most one a second of each kind and receiver, per server process.
    """

    _name = "iot.nudge"
    _description = "Live Screen Nudge"

    def _nudge(self, group, kind, payload, urgent=False):
        """Send ``fusion_iot/nudge`` to the users of ``group`` after the commit.

        :param group: record of `res.groups`
        :param kind: what is new (``reading``, ``hold``, …)
        :param payload: dict of ids only
        :param urgent: send it whatever was sent just before
        """
        key = (self.env.cr.dbname, group.id, kind)
        now = time.monotonic()
        with _lock:
            if not urgent and now - _sent.get(key, -_INTERVAL_S) < _INTERVAL_S:
                return
            _sent[key] = now
        group._bus_send("fusion_iot/nudge", {"kind": kind, **payload})
