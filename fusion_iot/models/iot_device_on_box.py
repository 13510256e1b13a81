import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from fusion_iot_core.protocol import normalise_serial

from .iot_box_call import TRANSPORT

# A probe with a ROM code is itself wherever it is plugged in; any other name is unique on its box only.
_ROM = re.compile(r"28-[0-9a-f]{12}\Z")


class IotDevice(models.Model):
    """What a device has that is connected to a box.

    The box says it. A person who wrote it could hear what the devices on a box of another company say.
    """

    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    box_id = fields.Many2one(
        "iot.box", string="Box", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    box_device = fields.Char(
        string="Name on the box", readonly=True, copy=False, help="How the box calls it, and is asked for it."
    )
    type = fields.Char(
        readonly=True, copy=False, help="Printer, scanner, display, …, as reported by the box."
    )
    connection = fields.Char(
        string="Connected by",
        readonly=True,
        copy=False,
        help="How it is connected to the box: direct (USB), network, serial, hdmi, …",
    )
    subtype = fields.Char(readonly=True, copy=False, help="Of a printer: for receipts, labels or the office.")
    is_plugged = fields.Boolean(string="Plugged in", readonly=True, copy=False)
    connected = fields.Boolean(
        compute="_compute_connected", help="The box is online and has the device in its latest report."
    )
    display_url = fields.Char(
        string="Shows",
        copy=False,
        help="The page that a screen on a box opens when the box starts, unless it has kept another one.",
    )
    keyboard_layout_id = fields.Many2one(
        "iot.keyboard.layout", string="Keyboard layout", copy=False, ondelete="set null"
    )

    @api.depends("is_plugged", "box_id.online")
    def _compute_connected(self):
        for device in self:
            device.connected = device.is_plugged and device.box_id.online

    @api.constrains("display_url")
    def _check_display_url(self):
        for device in self:
            if device.display_url and not re.match(r"https?://[^\s/]", device.display_url):
                raise ValidationError(
                    self.env._("A screen opens addresses that begin with http:// or https://.")
                )

    @api.model
    def _identifier_on(self, box_identifier, box_device):
        """The identifier in the register of what a box calls ``box_device``."""
        serial = normalise_serial(box_device)
        return serial if _ROM.match(serial) else f"{box_identifier}/{box_device}"

    def _set_presence(self, presence):
        changed = self.filtered(lambda device: device.presence != presence)
        changed.write(
            {"presence": presence} | ({"last_seen": fields.Datetime.now()} if presence == "online" else {})
        )

    def _transport(self):
        return super()._transport() or (TRANSPORT if self.box_id else "")

    def _knows_relays(self):
        """What a driver of a box can do it says by the names of its actions."""
        return super()._knows_relays() and self._transport() != TRANSPORT

    def _patience(self, seconds):
        return (
            self.box_id._patience(seconds) if self._transport() == TRANSPORT else super()._patience(seconds)
        )

    def _check_command(self, action, data):
        super()._check_command(action, data)
        if self._transport() == TRANSPORT:
            self.box_id.check_access("read")
            self.box_id._check_is_there()

    def send_action(self, action, data=None, timeout=5.0):
        """Let a device do something, for the web client and other callers from outside.

        :param action: name of the action, as its driver has it
        :param data: what the driver is told besides
        :param timeout: seconds to wait for its answer, at most 30
        :return: id of the `iot.command`, which says later what became of it (`outcome`)
        """
        if not (isinstance(action, str) and action and isinstance(data or {}, dict)):
            raise UserError(self.env._("An action has a name, and an object of further values."))
        return self._command(action, data, max(0.1, min(30.0, float(timeout)))).id

    def action_set_keyboard_layout(self):
        """Let the keyboard or scanner use the chosen layout."""
        self.ensure_one()
        chosen = self.keyboard_layout_id
        if not chosen:
            raise UserError(self.env._("Choose a layout first."))
        command = self._command(
            "update_layout",
            {"layout": chosen.layout, "variant": chosen.variant or ""},
            summary=self.env._("Layout %s", chosen.name),
            done_text=self.env._("%(device)s uses %(layout)s.", device=self.name, layout=chosen.name),
        )
        return command._awaited()
