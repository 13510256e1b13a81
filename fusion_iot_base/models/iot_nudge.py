from functools import partial

from odoo import models

from ..nudges import board


class IotNudge(models.AbstractModel):
    """Tells open screens that there is something new to fetch, without saying what it is.

    Record rules decide what each screen gets when it fetches. A nudge costs a row and a wake-up of every
    websocket, so there are at most two a second of each kind and receiver, per server process. What happens in
    between goes with the next one; where a process has no runtime that sends it, a screen that misses the last of
    several fetches by itself from time to time.
    """

    _name = "iot.nudge"
    _description = "Live Screen Nudge"

    def _nudge(self, group_xmlid, kinds, payload):
        """Send ``fusion_iot/nudge`` to the users of a group after the commit, now or a little later.

        :param group_xmlid: external id of a `res.groups`
        :param kinds: what is new (``hold``, ``reading``, …), the most important first. If that one has to wait, the
            next one that need not is sent meanwhile.
        :param payload: dict of lists of ids only; without any: whatever there is
        """
        keys = [(self.env.cr.dbname, group_xmlid, kind) for kind in kinds]
        board.add(keys[0], payload)
        if self._send(keys[0]):
            return
        for key in keys[1:]:
            board.add(key, payload)
            if self._send(key):
                return

    def _send(self, key):
        """Send what waits under a key of the board, if it may go now; whether it did."""
        payload = board.take(key)
        if payload is None:
            return False
        _dbname, group_xmlid, kind = key
        self.env.ref(group_xmlid)._bus_send("fusion_iot/nudge", {"kind": kind, **payload})
        # What cannot be sent at all, since its group is gone, is not given back. Before the rollback proper, which
        # fails where the connection is gone.
        self.env.cr.prerollback.add(partial(board.give_back, key, payload))
        return True
