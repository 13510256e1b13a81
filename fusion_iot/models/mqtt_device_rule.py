import math
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from fusion_iot_core.protocol import QUANTITIES, units_for
from fusion_iot_core.protocol.parsers import Rule


class MqttRuleMixin(models.AbstractModel):
    """Where one quantity is found in a payload that does not explain itself.

    The value found is looked up in the value map first; otherwise it is a number. The result is
    ``value × scale + offset``, in the rule's unit.
    """

    _name = "mqtt.rule.mixin"
    _description = "MQTT Payload Rule"
    _order = "sequence, id"
    _rec_name = "path"

    sequence = fields.Integer(default=10)
    path = fields.Char(
        help="Where the value is in the JSON: temperature, sensors[0].temp, a.b.c. Left empty, the payload is the "
        "value itself."
    )
    quantity = fields.Selection(selection="_select_quantity", required=True, default="temperature")
    unit = fields.Selection(
        selection="_select_unit",
        help="Unit after scale and offset. Left empty, the one in which the quantity is stored.",
    )
    scale = fields.Float(default=1.0, digits=(16, 6), help="What the number is multiplied with.")
    offset = fields.Float(digits=(16, 6), help="What is added after that.")
    value_map = fields.Char(
        string="Words",
        help="What words stand for: ON=1, OFF=0. Whatever is not listed is read as a number.",
    )
    channel = fields.Char(help="Name of the channel. Left empty, the path.")
    serial_path = fields.Char(
        string="Path of the serial", help="Where the probe's own serial is in the JSON, if it is there."
    )

    _scale_not_zero = models.Constraint("CHECK (scale != 0)", "A scale of 0 would make every value the same.")

    @api.model
    def _select_quantity(self):
        return [(quantity.name, quantity.label) for quantity in QUANTITIES.values()]

    @api.model
    def _select_unit(self):
        units = dict.fromkeys(unit for name in QUANTITIES for unit in units_for(name) if unit)
        return [(unit, unit) for unit in units]

    @api.onchange("quantity")
    def _onchange_quantity(self):
        if self.unit and self.quantity and self.unit not in units_for(self.quantity):
            self.unit = False

    @api.constrains("quantity", "unit")
    def _check_unit(self):
        for rule in self.filtered("unit"):
            if rule.unit not in units_for(rule.quantity):
                raise ValidationError(
                    self.env._(
                        "%(quantity)s is not measured in %(unit)s, but in %(units)s.",
                        quantity=QUANTITIES[rule.quantity].label,
                        unit=rule.unit,
                        units=", ".join(units_for(rule.quantity)),
                    )
                )

    @api.constrains("value_map")
    def _check_value_map(self):
        for rule in self:
            rule._words()

    def _words(self):
        """The value map as a dict of numbers by word."""
        words = {}
        for part in re.split(r"[,;\n]", self.value_map or ""):
            if not part.strip():
                continue
            word, _equals, number = part.rpartition("=")
            words[word.strip()] = self._number(number, part)
        return words

    def _number(self, text, part):
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or "=" not in part:
            raise ValidationError(
                self.env._("Words: write %(part)s as word=number, such as ON=1, OFF=0.", part=part.strip())
            )
        return number

    def _rule(self):
        """As the parsers take it."""
        return Rule(
            path=self.path or "",
            quantity=self.quantity,
            unit=self.unit or "",
            scale=self.scale,
            offset=self.offset,
            value_map=self._words(),
            channel=self.channel or "",
            serial_path=self.serial_path or "",
        )


class MqttDeviceRule(models.Model):
    """A payload rule of one device."""

    _name = "mqtt.device.rule"
    _description = "MQTT Device Rule"
    _inherit = ["mqtt.rule.mixin", "fusion.kept.mixin"]

    device_id = fields.Many2one("mqtt.device", required=True, ondelete="cascade", index=True)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.device_id.iot_device_id._keep_for_others()
        self.env["iot.runtime.worker"]._wake()
        return rules

    def write(self, vals):
        self.device_id.iot_device_id._keep_for_others()
        result = super().write(vals)
        self.device_id.iot_device_id._keep_for_others()  # those that it has been moved to
        self.env["iot.runtime.worker"]._wake()
        return result

    def unlink(self):
        self.device_id.iot_device_id._keep_for_others()
        result = super().unlink()
        self.env["iot.runtime.worker"]._wake()
        return result
