from datetime import timezone

from odoo import api, fields, models
from odoo.fields import Command

from fusion_iot_core.protocol import Measurement
from fusion_iot_core.protocol.parsers import (
    DEFAULT_SETTINGS,
    DETECT,
    PARSERS,
    Message,
    Presence,
    Problem,
    Switched,
    detect,
    read,
)


class MqttPaste(models.TransientModel):
    """Reads a message that a person pastes, and shows what is in it. Nothing of it is kept."""

    _name = "mqtt.paste"
    _description = "Try a Message"
    _rec_name = "topic"

    topic = fields.Char(help="The topic the message was published to: tele/tank6-probes/SENSOR")
    payload = fields.Text(help="The message as it was published.")
    device_id = fields.Many2one(
        "mqtt.device", help="Read it with the parser and the settings of this device."
    )
    parser_type = fields.Selection(
        selection=lambda self: self.env["mqtt.device"]._select_parser_type(),
        string="Parser",
        required=True,
        compute="_compute_parser_type",
        store=True,
        readonly=False,
        precompute=True,
    )
    detected = fields.Char(string="Read as", compute="_compute_result")
    result = fields.Char(string="Found", compute="_compute_result")
    problems = fields.Text(compute="_compute_result", help="What could not be understood, one line each.")
    remarks = fields.Text(compute="_compute_result", help="What is said besides measurements, one line each.")
    item_ids = fields.One2many(
        "mqtt.paste.item",
        "paste_id",
        string="Measurements",
        compute="_compute_item_ids",
        store=True,
        readonly=False,
    )

    @api.depends("device_id")
    def _compute_parser_type(self):
        for paste in self:
            paste.parser_type = paste.device_id.parser_type or paste.parser_type or DETECT

    @api.depends("topic", "payload", "parser_type", "device_id")
    def _compute_result(self):
        for paste in self:
            parser, items = paste._parser(), paste._items()
            count = sum(isinstance(item, Measurement) for item in items)
            paste.detected = parser.label if parser else False
            paste.result = bool(paste.topic) and self._counted(count)
            paste.problems = "\n".join(item.message for item in items if isinstance(item, Problem))
            remarks = [self._remark(item) for item in items if not isinstance(item, Measurement | Problem)]
            paste.remarks = "\n".join(remarks)

    @api.depends("topic", "payload", "parser_type", "device_id")
    def _compute_item_ids(self):
        for paste in self:
            rows = [self._row(item) for item in paste._items() if isinstance(item, Measurement)]
            paste.item_ids = [Command.clear(), *(Command.create(row) for row in rows)]

    def action_read(self):
        """Read again. The form has done so already when a field was left."""

    def _bytes(self):
        """The payload as it was on the wire: line ends at its edges come from copying."""
        return (self.payload or "").strip("\r\n").encode("utf-8", "surrogatepass")

    def _parser(self):
        if self.parser_type != DETECT:
            return PARSERS.get(self.parser_type)
        return detect(self.topic.strip(), self._bytes()) if self.topic else None

    def _items(self):
        """What is in the message."""
        if not self.topic:
            return ()
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        message = Message(topic=self.topic.strip(), payload=self._bytes(), received_at=now)
        settings = self.device_id._parser_settings() if self.device_id else DEFAULT_SETTINGS
        return read(message, self.parser_type or DETECT, settings).items

    @api.model
    def _counted(self, count):
        if not count:
            return self.env._("No measurement")
        return self.env._("%s measurements", count) if count > 1 else self.env._("1 measurement")

    @api.model
    def _row(self, item):
        return {
            "device": item.device,
            "channel": item.channel,
            "serial": item.serial,
            "quantity": item.quantity or False,
            "value": self.env._("fault") if item.value is None else f"{item.value:.10g}",
            "unit": self.env._("%s (assumed)", item.unit) if item.unit_assumed else item.unit,
            "quality": item.quality.value,
            "at": item.at and item.at.astimezone(timezone.utc).replace(tzinfo=None),
            "impossible_time": item.impossible_time,
        }

    @api.model
    def _remark(self, item):
        if isinstance(item, Switched):
            if item.on:
                return self.env._("%s: a relay is on.", item.device)
            return self.env._("%s: a relay is off: 0 W, if the device has a meter behind it.", item.device)
        if not isinstance(item, Presence):
            return self.env._("%(device)s: %(told)s", device=item.device, told=self._told(item))
        if item.online:
            return self.env._("%s is online.", item.device)
        return self.env._("%s is offline.", item.device)

    @api.model
    def _told(self, info):
        """What a device says of itself, in one line."""
        labels = {
            "alias": self.env._("also called"),
            "manufacturer": self.env._("manufacturer"),
            "model": self.env._("model"),
            "firmware": self.env._("firmware"),
            "ip_address": self.env._("address"),
            "mac": self.env._("MAC"),
            "signal_dbm": self.env._("signal in dBm"),
            "local_time": self.env._("its clock without a zone"),
        }
        told = ((label, getattr(info, name)) for name, label in labels.items())
        return ", ".join(f"{label} {value}" for label, value in told if value not in ("", None))


class MqttPasteItem(models.TransientModel):
    """One measurement found in a pasted message."""

    _name = "mqtt.paste.item"
    _description = "Measurement in a Message"

    paste_id = fields.Many2one("mqtt.paste", required=True, ondelete="cascade")
    device = fields.Char(readonly=True)
    channel = fields.Char(readonly=True)
    serial = fields.Char(readonly=True)
    quantity = fields.Selection(
        selection=lambda self: self.env["mqtt.device.rule"]._select_quantity(), readonly=True
    )
    value = fields.Char(readonly=True)
    unit = fields.Char(readonly=True)
    quality = fields.Selection(
        selection=lambda self: self.env["iot.device.channel"]._fields["last_quality"].selection, readonly=True
    )
    at = fields.Datetime(string="Measured", readonly=True, help="Empty: when it arrives.")
    impossible_time = fields.Boolean(string="Impossible time", readonly=True)
