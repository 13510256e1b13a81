import secrets
from weakref import WeakKeyDictionary

from odoo import SUPERUSER_ID, models
from odoo.addons.bus.websocket import Websocket, wsrequest

from .iot_box_channel import PREFIX

# A box names one. Every name is looked up, and whoever opens a websocket may send thousands.
MAX_CHANNELS = 4

# Which box is on a websocket of this process: its id, and a name of the websocket.
_boxes: WeakKeyDictionary = WeakKeyDictionary()


class IrWebsocket(models.AbstractModel):
    """Who may listen to the channel of a box, and that it does."""

    _inherit = "ir.websocket"

    def _box_channels(self, channels):
        asked = [channel for channel in channels if isinstance(channel, str) and channel.startswith(PREFIX)]
        Box = self.env["iot.box"].sudo()
        known = {channel: box for channel in asked[:MAX_CHANNELS] if (box := Box._of_channel(channel))}
        return asked, known

    def _build_bus_channel_list(self, channels):
        asked, boxes = self._box_channels(channels)
        # A box hears what is for it and nothing else, not even what every visitor may hear.
        return list(boxes) if asked else super()._build_bus_channel_list(channels)

    def _prepare_subscribe_data(self, channels, last):
        data = super()._prepare_subscribe_data(channels, last)
        if self._box_channels(channels)[0]:
            # A command of which somebody has given up waiting must not be carried out when the box is back.
            data["last"] = self.env["bus.bus"].sudo()._bus_last_id()
        return data

    def _subscribe(self, og_data):
        super()._subscribe(og_data)
        self._note_boxes(og_data)

    def _note_boxes(self, og_data):
        boxes = self._box_channels(og_data["channels"])[1]
        for box in boxes.values():
            if box.identifier == og_data.get("identifier"):
                socket = secrets.token_hex(8)
                _boxes[wsrequest.ws] = (box.id, socket)
                box._note_connected(socket)


@Websocket.onclose
def _note_gone(env, websocket):
    # Kept: this is done again when somebody else was writing to the box.
    box_id, socket = _boxes.get(websocket, (0, ""))
    if box_id and "iot.box" in env:
        env(user=SUPERUSER_ID)["iot.box"].browse(box_id).exists()._note_gone(socket)
