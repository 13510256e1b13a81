from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from fusion_iot_core.protocol import topics

from .iot_device import KINDS

PLACEHOLDER = "{device}"


class MqttDeviceTemplate(models.Model):
    """How devices of a family usually publish, to start from."""

    _name = "mqtt.device.template"
    _description = "MQTT Device Template"
    _inherit = ["fusion.kept.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parser_type = fields.Selection(
        selection=lambda self: self.env["mqtt.device"]._select_parser_type(), string="Parser", required=True
    )
    topic_pattern = fields.Char(
        string="Topic pattern",
        required=True,
        help="Topic filter of such a device; {device} stands for its ID: tele/{device}/#",
    )
    expected_interval = fields.Integer(
        string="Reports every (s)", default=60, help="At the factory setting. 0: only when something changes."
    )
    offline_after = fields.Integer(string="Offline after (min)", default=5, help="0: never by silence alone.")
    kind = fields.Selection(KINDS, required=True, default="sensor")
    manufacturer = fields.Char()
    model = fields.Char()
    channel_prefix = fields.Char(
        string="Known by channel",
        help="A discovered device with a channel that begins so is taken for one of these: temperature:100",
    )
    hint = fields.Text(
        string="On the device", translate=True, help="What has to be set on the device so that it publishes."
    )
    rule_ids = fields.One2many("mqtt.device.template.rule", "template_id", string="Values", copy=True)

    @api.constrains("topic_pattern")
    def _check_topic_pattern(self):
        for template in self:
            try:
                topics.check_filter(template.topic_pattern)
            except topics.FilterError as error:
                raise ValidationError(
                    self.env._(
                        "%(template)s: %(pattern)s is no topic pattern: %(reason)s.",
                        template=template.name,
                        pattern=template.topic_pattern,
                        reason=error,
                    )
                ) from error
            if PLACEHOLDER not in template.topic_pattern.split("/"):
                raise ValidationError(
                    self.env._("%s: {device} must be one of the levels of the pattern.", template.name)
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for template, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", template.name)
        return vals_list

    def _pattern(self, device_id):
        """The pattern of a device; empty as long as its ID is not known."""
        return self.topic_pattern.replace(PLACEHOLDER, device_id) if device_id else False

    def _values(self, device_id):
        """Values of an `mqtt.device` made from this template."""
        self.ensure_one()
        values = {
            "parser_type": self.parser_type,
            "expected_interval": self.expected_interval,
            "offline_after": self.offline_after,
            "kind": self.kind,
            "rule_ids": [Command.clear(), *(Command.create(rule._copied()) for rule in self.rule_ids)],
        }
        told = {
            "topic_pattern": self._pattern(device_id),
            "manufacturer": self.manufacturer,
            "model": self.model,
        }
        return {**values, **{name: value for name, value in told.items() if value}}

    @api.model
    def _guess(self, parser, channels):
        """The template that a device of a parser's family with these channels most likely follows; maybe none."""
        found = self.search([("parser_type", "=", parser)])
        known = found.filtered(
            lambda template: (
                template.channel_prefix
                and any(channel.startswith(template.channel_prefix) for channel in channels)
            )
        )
        return (known or found.filtered(lambda template: not template.channel_prefix))[:1]


class MqttDeviceTemplateRule(models.Model):
    """A payload rule of a template."""

    _name = "mqtt.device.template.rule"
    _description = "MQTT Device Template Rule"
    _inherit = ["mqtt.rule.mixin", "fusion.kept.mixin"]

    template_id = fields.Many2one("mqtt.device.template", required=True, ondelete="cascade", index=True)

    def _copied(self):
        """Values of the same rule for a device."""
        names = self.env["mqtt.rule.mixin"]._fields.keys() - {"id", "display_name"}
        return {name: self[name] for name in names}
