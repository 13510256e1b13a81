from odoo import api, fields, models
from odoo.addons.fusion_base.growing import GrowingReference
from odoo.exceptions import UserError
from odoo.fields import Command

from fusion_iot_core.protocol import QUANTITIES, normalise_serial
from fusion_iot_core.protocol.parsers import PARSERS

from ..models.iot_device import KINDS
from ..models.mqtt_discovery import OF_ITSELF


class MqttDiscoverySetup(models.TransientModel):
    """Makes a device of what was discovered."""

    _name = "mqtt.discovery.setup"
    _description = "Discovered Device Setup"

    discovery_id = GrowingReference("mqtt.discovery", required=True, readonly=True, ondelete="cascade")
    connection_id = fields.Many2one(related="discovery_id.connection_id")
    topic = fields.Char(related="discovery_id.topic")
    payload = fields.Text(related="discovery_id.payload")
    name = fields.Char(required=True)
    device_id = fields.Char(
        string="External device ID",
        required=True,
        help="What the device calls itself in its topics.",
    )
    template_id = fields.Many2one("mqtt.device.template")
    parser_type = fields.Selection(
        selection=lambda self: self.env["mqtt.device"]._select_parser_type(), string="Parser", required=True
    )
    topic_pattern = fields.Char(
        string="Topic pattern", required=True, help="Topic filter of everything the device publishes."
    )
    expected_interval = fields.Integer(
        string="Reports every (s)",
        compute="_compute_expected_interval",
        store=True,
        readonly=False,
        help="Taken from what was heard so far, or the factory setting of such devices if too little was heard. 0: it "
        "reports only when something changes.",
    )
    kind = fields.Selection(KINDS, compute="_compute_kind", store=True, readonly=False)
    line_ids = fields.One2many("mqtt.discovery.setup.line", "setup_id")
    switch_ids = fields.One2many("mqtt.discovery.setup.switch", "setup_id", string="Relays")
    unit_open = fields.Boolean(
        string="Unit open", compute="_compute_unit_open", help="Nothing says the unit of some of its values."
    )
    remark = fields.Char(related="discovery_id.remark")

    @api.depends("template_id", "parser_type", "discovery_id")
    def _compute_expected_interval(self):
        for setup in self:
            parser = PARSERS.get(setup.parser_type)
            default = parser.expected_interval if parser else PARSERS["json"].expected_interval
            usual = setup.template_id.expected_interval if setup.template_id else default
            setup.expected_interval = setup.discovery_id._interval(usual)

    @api.depends("template_id", "line_ids.quantity", "switch_ids")
    def _compute_kind(self):
        default = self.env["iot.device"]._fields["kind"].default(self.env["iot.device"])
        for setup in self:
            is_bare = all(line.quantity in OF_ITSELF for line in setup.line_ids)
            setup.kind = "relay" if setup.switch_ids and is_bare else setup.template_id.kind or default

    @api.depends("line_ids.unit", "line_ids.unit_assumed")
    def _compute_unit_open(self):
        for setup in self:
            setup.unit_open = any(line.unit_assumed or line._unit_missing() for line in setup.line_ids)

    @api.onchange("template_id")
    def _onchange_template_id(self):
        if self.template_id:
            self.parser_type = self.template_id.parser_type
            self.topic_pattern = self.template_id._pattern(self.device_id) or self.topic_pattern

    def action_confirm(self):
        """Register the device with its channels, and open it."""
        self.ensure_one()
        self.discovery_id.check_access("write")
        device = self.env["mqtt.device"].create(self._device_values())
        device.iot_device_id.sudo()._heard_before(self.discovery_id.last_seen)
        self.line_ids._apply(device)
        self._forget()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mqtt.device",
            "res_id": device.id,
            "view_mode": "form",
            "target": "current",
        }

    def _device_values(self):
        discovery = self.discovery_id
        values = self.template_id._values(self.device_id) if self.template_id else {}
        values.update(
            name=self.name,
            device_id=self.device_id,
            connection_id=self.connection_id.id,
            template_id=self.template_id.id,
            parser_type=self.parser_type,
            topic_pattern=self.topic_pattern,
            expected_interval=self.expected_interval,
            kind=self.kind,
        )
        if self.expected_interval != self.template_id.expected_interval:
            values["offline_after"] = self.env["mqtt.device"]._offline_after(self.expected_interval)
        if discovery.model:
            values["model"] = discovery.model
        place = self._place(normalise_serial(self.device_id))
        listed = self.env["iot.device"].browse(place.get("iot_device_id")).switch_ids
        return {**values, **place, "switch_ids": self.switch_ids._commands(listed)}

    def _place(self, identifier):
        """Where the device is in the register: the one that has been there already, or a new one."""
        register = self.env["iot.device"].with_context(active_test=False)
        company = self.connection_id.company_id
        known = register.search([("identifier", "=", identifier)])._of_company(company)
        if not known:
            return {"company_id": company.id}
        if known.mqtt_device_ids:
            raise UserError(
                self.env._(
                    "%(name)s is set up already, as %(identifier)s.",
                    name=known.display_name,
                    identifier=identifier,
                )
            )
        return {"iot_device_id": known.id}

    def _forget(self):
        """The device is no longer unknown."""
        discovery = self.discovery_id
        same = [("connection_id", "=", discovery.connection_id.id), ("device", "=", discovery.device)]
        self.env["mqtt.discovery"].sudo().search(same).unlink()


class MqttDiscoverySetupSwitch(models.TransientModel):
    """A relay of a device that is being set up."""

    _name = "mqtt.discovery.setup.switch"
    _description = "Discovered Relay"

    setup_id = fields.Many2one("mqtt.discovery.setup", required=True, readonly=True, ondelete="cascade")
    relay = fields.Char(readonly=True)
    is_wanted = fields.Boolean(string="Switch it", help="Operators may switch it on and off.")
    name = fields.Char(string="What it switches")

    def _commands(self, listed):
        """What lists those that are wanted as switches of a device.

        :param listed: switches that it has already
        """
        relays = {switch.relay or "" for switch in listed}
        wanted = self.filtered(lambda line: line.is_wanted and (line.relay or "") not in relays)
        return [
            Command.create({"name": line.name or line.setup_id.name, "relay": line.relay}) for line in wanted
        ]


class MqttDiscoverySetupLine(models.TransientModel):
    """One channel of a device that is being set up."""

    _name = "mqtt.discovery.setup.line"
    _description = "Discovered Device Channel"

    setup_id = fields.Many2one("mqtt.discovery.setup", required=True, readonly=True, ondelete="cascade")
    channel = fields.Char(readonly=True)
    serial = fields.Char(readonly=True)
    quantity = fields.Selection(
        selection=lambda self: self.env["mqtt.device.rule"]._select_quantity(), readonly=True
    )
    unit = fields.Char(readonly=True)
    unit_assumed = fields.Boolean(
        string="Unit assumed", readonly=True, help="Nothing in its messages says that it is this unit."
    )
    last_value = fields.Float(string="Last value", digits=(16, 3), readonly=True)
    quality = fields.Selection(
        selection=lambda self: self.env["iot.device.channel"]._fields["last_quality"].selection, readonly=True
    )

    def _unit_missing(self):
        return bool(self.quantity and QUANTITIES[self.quantity].unit and not self.unit)

    def _apply(self, device):
        """Do what these lines ask for on the new device. Extend, and call ``super()``.

        :param device: the `mqtt.device`
        """
        channels = self.env["iot.device.channel"].sudo()
        now = fields.Datetime.now()
        channels.create(
            [
                {
                    "device_id": device.iot_device_id.id,
                    "channel": line.channel or "",
                    "serial": line.serial,
                    "quantity": line.quantity,
                    "unit": line.unit or "",
                    "unit_assumed": line.unit_assumed,
                    "last_value": line.last_value,
                    "last_quality": line.quality,
                    "last_at": line.setup_id.discovery_id.last_seen or now,
                    "last_received_at": line.setup_id.discovery_id.last_seen or now,
                }
                for line in self
                if line.quantity
            ]
        )
