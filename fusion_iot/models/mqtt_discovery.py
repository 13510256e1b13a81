from dataclasses import replace

from odoo import api, fields, models
from odoo.fields import Command

from fusion_iot_core.commands import CannotSwitch, Target, ears
from fusion_iot_core.protocol import QUANTITIES
from fusion_iot_core.protocol.parsers import PARSERS
from fusion_iot_core.protocol.rhythm import Rhythm

SHOWN_CHANNELS = 4
# What a device says of itself, and not of what it is there for.
OF_ITSELF = ("device_temperature", "battery")


class MqttDiscovery(models.Model):
    """Who publishes without being set up: one row a device, the latest sample, what it would measure."""

    _name = "mqtt.discovery"
    _description = "Discovered MQTT Device"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
    _stays_small = "500 a connection at most"
    _order = "last_seen desc, id desc"
    _rec_name = "device"
    _log_access = False

    connection_id = fields.Many2one("mqtt.connection", required=True, readonly=True, ondelete="cascade")
    device = fields.Char(
        required=True, readonly=True, help="The ID in its topics, or the topic where it has none."
    )
    parser = fields.Char(required=True, readonly=True)
    family = fields.Char(compute="_compute_family", help="What its messages look like.")
    topic = fields.Char(readonly=True, help="Topic of the latest message.")
    payload = fields.Text(readonly=True, help="The latest message.")
    topic_pattern = fields.Char(
        string="Topic pattern", readonly=True, help="A topic filter for everything it publishes."
    )
    channels = fields.Json(readonly=True)
    relays = fields.Json(readonly=True, help="Those that can be switched, and whether each is on.")
    channel_summary = fields.Char(string="Reports", compute="_compute_channel_summary")
    alias = fields.Char(readonly=True, help="What it calls itself besides.")
    model = fields.Char(readonly=True)
    remark = fields.Char(
        string="Not understood", readonly=True, help="What in its messages is not understood, and why."
    )
    rhythm = fields.Json(readonly=True)
    message_count = fields.Integer(string="Messages", readonly=True, aggregator="sum")
    first_seen = fields.Datetime(string="First seen", readonly=True)
    last_seen = fields.Datetime(string="Last seen", readonly=True)
    ignored = fields.Boolean(help="Not listed any more, as long as nobody asks for what is ignored.")

    _device_unique = models.Constraint(
        "UNIQUE (connection_id, device, parser)", "This device is listed already."
    )
    _by_age = models.Index("(connection_id, last_seen)")

    @api.depends("parser")
    def _compute_family(self):
        for row in self:
            parser = PARSERS.get(row.parser)
            row.family = parser.label if parser else self.env._("Not recognised")

    @api.depends("channels", "relays")
    def _compute_channel_summary(self):
        for row in self:
            channels = row.channels or []
            shown = [self._shown(channel) for channel in channels[:SHOWN_CHANNELS]]
            more = [f"+{len(channels) - len(shown)}"] if len(channels) > len(shown) else []
            row.channel_summary = " · ".join([*shown, *more, *row._shown_relays()])

    @api.model
    def _shown(self, channel):
        """A channel in a few words: ``Temperature 61.2 °C``."""
        quantity = QUANTITIES.get(channel.get("quantity"))
        label = quantity.label if quantity else channel.get("channel") or self.env._("Value")
        value = channel.get("value")
        if value is None:
            return self.env._("%s fault", label)
        number = f"{value:.6g} {channel.get('unit') or ''}".strip()
        if channel.get("unit_assumed"):
            return self.env._("%(label)s %(number)s (unit assumed)", label=label, number=number)
        if quantity and quantity.unit and not channel.get("unit"):
            return self.env._("%(label)s %(number)s (unit not known)", label=label, number=number)
        return f"{label} {number}"

    def _shown_relays(self):
        """The relays in a few words, for a list."""
        relays = self.relays or {}
        if len(relays) > 1:
            return [self.env._("%s relays", len(relays))]
        return [self.env._("Relay on") if on else self.env._("Relay off") for on in relays.values()]

    def action_set_up(self):
        """Open the dialog that makes a device of this."""
        self.ensure_one()
        wizard = self.env["mqtt.discovery.setup"].create(self._setup_values())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set up %s", self.device),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _setup_values(self):
        channels = self.channels or []
        template = self.env["mqtt.device.template"]._guess(
            self.parser, [channel.get("channel") or "" for channel in channels]
        )
        return {
            "discovery_id": self.id,
            "name": self.alias or self.device,
            "device_id": self.device,
            "template_id": template.id,
            "parser_type": self.parser if self.parser in PARSERS else "detect",
            "topic_pattern": self.topic_pattern or template._pattern(self.device) or self.topic,
            "line_ids": [Command.create(self._line_values(channel)) for channel in channels],
            "switch_ids": [Command.create(values) for values in self._switch_values()],
        }

    def _switch_values(self):
        """What the relays may be switched as. A device that measures nothing is there to be switched; one that measures
        may well be there for that.
        """
        relays, name = self.relays or {}, self.alias or self.device
        is_wanted = all(channel.get("quantity") in OF_ITSELF for channel in self.channels or [])
        if len(relays) == 1:
            [relay] = relays
            # Where there is one, most families need no name of it.
            optional = self._switched_without_name(relay)
            return [{"relay": "" if optional else relay, "name": name, "is_wanted": is_wanted}]
        return [
            {
                "relay": relay,
                "name": self.env._("%(name)s, relay %(relay)s", name=name, relay=relay or "1"),
                "is_wanted": is_wanted,
            }
            for relay in sorted(relays)
        ]

    def _switched_without_name(self, relay):
        """Whether nothing has to be entered for ``relay``: it is the one that is meant then."""
        target = Target(self.device, self.topic_pattern or self.topic or "", "")
        try:
            found = ears(self.parser, target)
            return found.keys() == ears(self.parser, replace(target, relay=relay)).keys()
        except CannotSwitch:
            return False

    @api.model
    def _line_values(self, channel):
        value = channel.get("value")
        return {
            "channel": channel.get("channel") or "",
            "serial": channel.get("serial") or "",
            "quantity": channel.get("quantity") if channel.get("quantity") in QUANTITIES else False,
            "unit": channel.get("unit") or "",
            "unit_assumed": bool(channel.get("unit_assumed")),
            "last_value": value or 0.0,
            "quality": channel.get("quality") or ("good" if value is not None else "bad"),
        }

    def _interval(self, usual):
        """Seconds between two reports, as heard so far.

        :param usual: what such a device does at the factory setting
        """
        parser = PARSERS.get(self.parser)
        return Rhythm.of(self.rhythm).interval(usual, on_change=bool(parser and parser.on_change))

    def action_ignore(self):
        """Take these off the list. They stay known, so that they do not come back as new."""
        self.ignored = True

    def action_notice(self):
        """Put these back on the list."""
        self.ignored = False
