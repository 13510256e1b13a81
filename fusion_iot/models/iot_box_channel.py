import secrets
import time

from odoo import api, fields, models

PREFIX = "iot_box:"


class IotBox(models.Model):
    """How a box is spoken to: its own bus channel, and what is known of the websocket that listens there."""

    _inherit = "iot.box"  # pylint: disable=consider-merging-classes-inherited

    def _new_channel(self):
        """A name that nobody can guess: the id finds the box, the secret is compared."""
        return f"{PREFIX}{self.id}:{secrets.token_urlsafe(32)}"

    def _tell(self, kind, payload):
        """Send a message to each box, after the commit. A box that is not connected never gets it."""
        opened = self._open_secrets("channel")
        for box in self.sudo():
            if channel := opened[box.id]["channel"]:
                message = {**payload, "iot_identifiers": [box.identifier]}
                self.env["bus.bus"]._sendone(channel, kind, message)

    @api.model
    def _of_channel(self, channel):
        """The paired box whose channel this is, or none."""
        box_id = channel[len(PREFIX) :].partition(":")[0]
        if not (box_id.isascii() and box_id.isdigit() and len(box_id) < 10):
            return self.browse()
        box = self.browse(int(box_id)).exists()
        given = channel.encode("utf-8", "replace")
        own = box and box._open_secrets("channel")[box.id]["channel"]
        return box if own and secrets.compare_digest(own.encode(), given) else self.browse()

    def _note_connected(self, socket):
        """A websocket of the box has subscribed."""
        self.ensure_one()
        now = fields.Datetime.now()
        self.write({"online": True, "online_since": now, "last_seen": now, "socket": socket})
        self._plugged_devices()._set_presence("online")
        self._tell_server_url()
        self.env["iot.command"]._resume(self)
        self._nudge()

    def _note_gone(self, socket):
        """A websocket has closed. Another one of the same box may have come before that was noticed."""
        if self.socket == socket:
            self._hang_up()
            self.gone_at = fields.Datetime.now()
            self._nudge()

    def _note_silent(self):
        """It does not answer, though nobody has heard its websocket close."""
        self.write({"online": False, "online_since": False, "gone_at": fields.Datetime.now()})
        self.device_ids._set_presence("offline")
        self._nudge()

    def _note_back(self):
        """It has answered after all, on the websocket that it had."""
        self.write({"online": True, "online_since": fields.Datetime.now()})
        self._plugged_devices()._set_presence("online")
        self._nudge()

    def _hang_up(self):
        """Nobody listens any more."""
        self.write({"online": False, "online_since": False, "socket": False})
        self.device_ids._set_presence("offline")

    def _wait_until_heard(self, seconds):
        """Sleep until every connected box has been connected for so long."""
        since = [box.online_since for box in self if box.online]
        if since:
            age = (fields.Datetime.now() - max(since)).total_seconds()
            time.sleep(max(0.0, min(seconds, seconds + 1 - age)))

    def _tell_server_url(self):
        """Tell the box, which has just connected, where this server is, if it is not where it looks for it."""
        box, url = self.sudo(), self._param_url()
        if self._reachable(url) and box.server_url != url:
            box._tell("server_update", {"server_url": url})
            box.server_url = url

    @api.model
    def _tell_new_server_url(self):
        """Tell the boxes that are connected where this server is now.

        One whose websocket is dead does not hear it, and nobody knows yet: so each is told again when it connects.
        """
        boxes, url = self.sudo().search([("socket", "!=", False)]), self._param_url()
        if self._reachable(url):
            boxes._tell("server_update", {"server_url": url})
            boxes.server_url = False

    @api.model
    def _param_url(self):
        return (self.env["ir.config_parameter"].sudo().get_param("web.base.url") or "").strip().rstrip("/")
