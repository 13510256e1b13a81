from odoo import api, fields, models
from odoo.addons.fusion_plating.quantities import QUANTITIES
from odoo.fields import Domain

from fusion_iot_core.protocol import Owned, guess_kind

from ..ingest import address, the_one

_TANK_QUANTITIES = {name for name, _label in QUANTITIES}
# What a meter says of the mains beside power is no rectifier's.
_OF_THE_MAINS = {"voltage", "current"}


class IotDeviceChannel(models.Model):
    _inherit = "iot.device.channel"

    tank_sensor_id = fields.Many2one(
        "fp.tank.sensor",
        string="Tank sensor",
        compute="_compute_tank_sensor_id",
        groups="fusion_plating.group_plating_operator",
        help="The sensor that takes the values of this channel as readings.",
    )

    is_for_tanks = fields.Boolean(
        string="Is for tanks",
        compute="_compute_is_for_tanks",
        help="It measures what a bath can have limits for.",
    )

    @api.depends("quantity", "device_id.channel_ids.quantity")
    def _compute_is_for_tanks(self):
        for row in self:
            is_mains = row.quantity in _OF_THE_MAINS and "power" in row.device_id.channel_ids.mapped(
                "quantity"
            )
            row.is_for_tanks = row.quantity in _TANK_QUANTITIES and not is_mains

    @api.depends("device_id.identifier", "channel", "serial", "quantity")
    def _compute_tank_sensor_id(self):
        keys = {
            row: address(row.device_id.identifier or "", row.channel or "", row.quantity or "")
            for row in self
        }
        serials = [serial for serial in self.mapped("serial") if serial]
        sensors = self.env["fp.tank.sensor"].search(
            Domain("device_serial", "in", serials) | Domain("address", "in", list(keys.values()))
        )
        by_serial = Owned(
            (sensor.device_serial, sensor.company_id.id, sensor) for sensor in sensors if sensor.device_serial
        )
        by_address = Owned(
            (sensor.address, sensor.company_id.id, sensor) for sensor in sensors if sensor.address
        )
        for row in self:
            company = row.company_id.id or None
            found = [
                sensor
                for sensor in by_serial.candidates(row.serial, company)
                if sensor._measures(row.quantity)
            ]
            found += [
                sensor
                for sensor in by_address.candidates(keys[row], company)
                if not (sensor.device_serial and row.serial)
            ]
            row.tank_sensor_id = the_one(found, company)

    def _tank_sensor_values(self):
        """What is known of the probe on this channel, as values of a new tank sensor.

        A probe with a serial of its own is known by that, wherever it will hang.
        """
        self.ensure_one()
        device = self.device_id
        values = {"iot_device_id": device.id, "device_kind": self._probe_kind()}
        if self.serial and not self._serial_in_use():
            values.update(name=self.serial, device_serial=self.serial)
        else:
            name = " ".join(part for part in (device.name, self.channel) if part)
            values.update(name=name, device_channel=self.channel)
        values["expected_interval"] = device.expected_interval
        return values

    def _serial_in_use(self):
        taken = Domain("device_serial", "=", self.serial)
        if self.company_id:
            taken &= Domain("company_id", "=", self.company_id.id)
        return bool(self.env["fp.tank.sensor"].sudo().search_count(taken, limit=1))

    def _probe_kind(self):
        device = self.device_id
        family = " ".join(filter(None, (device.family, device.manufacturer)))
        return guess_kind(family, device.identifier or "", self.channel or "", self.serial or "")

    def action_make_sensor(self):
        """Open the form of a new tank sensor with what is known of this channel."""
        values = self._tank_sensor_values()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New sensor"),
            "res_model": "fp.tank.sensor",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_channel_id": self.id,
                **{f"default_{name}": value for name, value in values.items()},
            },
        }
