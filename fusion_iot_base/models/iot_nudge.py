from odoo import models

from ..throttle import Throttle

_nudges = Throttle(interval=1.0)


class IotNudge(models.AbstractModel):
    """Tells open screens that there is something new to fetch, without saying what it is.

    Record rules decide what each screen gets when it fetches. A nudge costs a row and a wake-up of every
    websocket, so there is at most one a second of each kind and receiver, per server process. A screen that
    misses the last of several also fetches by itself from time to time.
    """

    _name = "iot.nudge"
    _description = "Live Screen Nudge"

    def _nudge(self, group_xmlid, kinds, payload):
        """Send ``fusion_iot/nudge`` to the users of a group after the commit.

        :param group_xmlid: external id of a `res.groups`
        :param kinds: what is new (``hold``, ``reading``, …), the most important first; the first one that was
            not sent in the last second is sent
        :param payload: dict of ids only
        """
        for kind in kinds:
            if _nudges.due((self.env.cr.dbname, group_xmlid, kind)):
                self.env.ref(group_xmlid)._bus_send("fusion_iot/nudge", {"kind": kind, **payload})
                return
