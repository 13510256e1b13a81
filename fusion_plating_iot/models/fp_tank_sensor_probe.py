from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from fusion_iot_core.protocol import (
    SERIAL_MAX,
    Measurement,
    UnitError,
    convert,
    normalise_serial,
    units_for,
)

from ..ingest import address, measures


class FpTankSensor(models.Model):
    """What the probe of a sensor is known by, and how its values are found.

    A probe is known by its own serial, wherever it hangs. Where messages do not carry one (Shelly Add-on), it
    is known by its place: the device and its channel.
    """

    _inherit = "fp.tank.sensor"  # pylint: disable=consider-merging-classes-inherited

    device_serial = fields.Char(
        string="Serial",
        copy=False,
        tracking=True,
        help="The probe's own serial, as it is sent with every reading. A DS18B20 ROM code may be entered in any "
        "of its notations. Leave it empty where the messages do not carry one: the device and the channel tell then.",
    )
    device_kind = fields.Selection(
        [
            ("ds18b20", "DS18B20"),
            ("shelly", "DS18B20 on a Shelly"),
            ("tasmota", "DS18B20 with Tasmota"),
            ("ntc", "Thermistor (NTC)"),
            ("pt100", "Pt100, Pt1000"),
            ("thermocouple", "Thermocouple"),
            ("transmitter", "Transmitter"),
            ("manual", "Read by hand"),
            ("other", "Other"),
        ],
        string="Kind",
        required=True,
        default="ds18b20",
        tracking=True,
        help="Decides what it can measure and which values mean a broken probe. DS18B20, also on a Shelly or with "
        "Tasmota: −55 to 125 °C, and −127 when its wire is cut. Thermistor: −50 to 150 °C. Pt100 and transmitter: −200 "
        "to 850 °C. Thermocouple: −270 to 1372 °C. Other and by hand: −95 to 500 °C.",
    )
    iot_device_id = fields.Many2one(
        "iot.device",
        string="Device",
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="The device the probe hangs on, if it is in the register.",
    )
    device_channel = fields.Char(
        string="Channel",
        copy=False,
        tracking=True,
        help="Which of the device's channels the probe is, as the device names it, such as temperature:100 on a Shelly "
        "Add-on. Needed where the messages do not carry the probe's serial; leave it empty where the device itself "
        "is the probe.",
    )
    channel_id = fields.Many2one(
        "iot.device.channel",
        string="Known channel",
        compute="_compute_channel_id",
        readonly=False,
        domain="[('device_id', '=', iot_device_id)]",
        help="What the device has reported so far. Choosing one fills in the rest.",
    )
    address = fields.Char(
        compute="_compute_address",
        store=True,
        precompute=True,
        help="Device, channel and quantity, under which readings without a known serial find the sensor.",
    )
    probe = fields.Char(compute="_compute_probe", help="What the probe is known by.")
    serial_elsewhere = fields.Boolean(
        compute="_compute_serial_elsewhere",
        help="A sensor of another company has this serial, or that of the probe in this place. What is sent by a "
        "device of no company is refused.",
    )
    device_unit = fields.Selection(
        string="Unit of the probe",
        selection="_select_device_unit",
        tracking=True,
        help="The unit the probe sends, where it is not that of the parameter. Readings are converted; the raw value "
        "is kept.",
    )

    # Whoever enters a serial first does not take the probe away from another company.
    _serial_unique = models.UniqueIndex(
        "(device_serial, company_id) WHERE active IS TRUE",
        "Another sensor in use has this serial. Archive that one first, or replace its probe.",
    )
    _address_unique = models.UniqueIndex(
        "(address, iot_device_id) WHERE active IS TRUE",
        "Another sensor in use takes this quantity from this channel. Archive that one first, or replace its probe.",
    )

    _address_unique_in_company = models.UniqueIndex(
        "(address, company_id) WHERE active IS TRUE",
        "Another sensor in use takes this quantity from this channel. Archive that one first, or replace its probe.",
    )

    @api.model
    def _select_device_unit(self):
        quantities = self.env["fusion.plating.bath.parameter"]._fields["quantity"].get_values(self.env)
        units = dict.fromkeys(unit for quantity in quantities for unit in units_for(quantity))
        return [(unit, unit) for unit in units]

    @api.depends("iot_device_id.identifier", "device_channel", "device_serial", "parameter_id.quantity")
    def _compute_address(self):
        for sensor in self:
            device, channel, quantity = (
                sensor.iot_device_id,
                sensor.device_channel,
                sensor.parameter_id.quantity,
            )
            if device.identifier and quantity and (channel or not sensor.device_serial):
                sensor.address = address(device.identifier, channel or "", quantity)
            else:
                sensor.address = False

    @api.depends("iot_device_id.channel_ids", "device_channel", "device_serial", "parameter_id.quantity")
    def _compute_channel_id(self):
        for sensor in self:
            serial, channel, quantity = sensor.device_serial, sensor.device_channel, sensor.quantity
            rows = sensor.iot_device_id.channel_ids
            if channel or not serial:
                rows = rows.filtered(lambda row, channel=channel or "": (row.channel or "") == channel)
            else:
                rows = rows.filtered(lambda row, serial=serial: row.serial == serial)
            if quantity or not (serial or channel):
                rows = rows.filtered(lambda row, quantity=quantity: row.quantity == quantity)
            sensor.channel_id = rows[:1]

    @api.depends("iot_device_id.identifier", "device_channel", "device_serial")
    def _compute_probe(self):
        for sensor in self:
            place = (sensor.device_channel, sensor.iot_device_id.identifier)
            sensor.probe = sensor.device_serial or " · ".join(part for part in place if part)

    @api.depends("device_serial", "address", "company_id", "active", "iot_device_id.company_id")
    def _compute_serial_elsewhere(self):
        """The same readings of no company would be those of a sensor of another company: see `LockedSensors.of`."""
        active = self.filtered("active").sudo()
        reach = active._reached_by()
        heard = (
            self.env["iot.device.channel"]
            .sudo()
            .search([("serial", "in", [serial for serial in active.mapped("device_serial") if serial])])
        )
        places = {
            address(row.device_id.identifier, row.channel or "", row.quantity)
            for row in heard
            if row.device_id._is_of_no_company()
        }
        others = active.search(
            Domain("device_serial", "in", list(set().union(*reach.values())))
            | Domain("address", "in", list(places.union(*reach.values())))
        )
        reach |= others._reached_by()
        for sensor in self:
            mine = sensor.sudo()
            sensor.serial_elsewhere = mine in active and any(
                other != mine._origin
                and other.company_id != mine.company_id
                and (
                    reach[mine] & {other.device_serial, other.address}
                    or reach[other] & {mine.device_serial, mine.address}
                )
                for other in others
            )

    def _reached_by(self):
        """Under which serials and addresses readings of no company come from the probes of these sensors.

        A probe in a place that is known by no serial is the one that was heard there last.

        :return: set of texts by sensor
        """
        reach = {}
        for sensor in self:
            keys = {sensor.device_serial}
            if sensor.address and sensor.iot_device_id._is_of_no_company():
                keys.add(sensor.address)
                if not sensor.device_serial:
                    itself = not sensor.device_channel and sensor.iot_device_id.identifier
                    keys.add(sensor.channel_id.serial or itself)
            reach[sensor] = keys - {False}
        return reach

    @api.onchange("channel_id")
    def _onchange_channel_id(self):
        if channel := self.channel_id:
            values = channel._tank_sensor_values()
            values["name"] = self.name or values["name"]
            self.update({"device_serial": False, "device_channel": False, **values})
            self._choose_parameter()

    @api.onchange("tank_id", "bath_id")
    def _choose_parameter(self):
        """Of the bath, the parameter that the chosen channel is about."""
        quantity, parameter = self.channel_id.quantity, self.parameter_id
        if quantity and self.bath_id and (parameter.bath_id, parameter.quantity) != (self.bath_id, quantity):
            self.parameter_id = self.bath_id._parameter_of(quantity)

    @api.constrains("parameter_id", "device_unit")
    def _check_device_unit(self):
        for sensor in self.filtered(lambda sensor: sensor.parameter_id and sensor.device_unit):
            parameter = sensor.parameter_id
            if sensor.device_unit not in (parameter.unit, *units_for(parameter.quantity)):
                raise ValidationError(
                    self.env._(
                        "%(sensor)s: %(unit)s cannot be converted to %(target)s of %(parameter)s.",
                        sensor=sensor.name,
                        unit=sensor.device_unit,
                        target=parameter.unit,
                        parameter=parameter.display_name,
                    )
                )

    @api.constrains("device_serial", "device_channel")
    def _check_names(self):
        for sensor in self:
            for name in (sensor.device_serial, sensor.device_channel):
                if name and not (name.isprintable() and len(name) <= SERIAL_MAX):
                    raise ValidationError(
                        self.env._(
                            "A serial or a channel has at most %(max)s characters, all of them printable.",
                            max=SERIAL_MAX,
                        )
                    )

    @api.constrains("active")
    def _check_device_company(self):
        """While it was archived, its device may have gone to another company."""
        self.filtered("active")._check_company(["iot_device_id"])

    @api.constrains("device_serial", "iot_device_id", "device_channel", "parameter_id")
    def _check_findable(self):
        for sensor in self:
            if sensor.device_channel and not sensor.iot_device_id:
                raise ValidationError(
                    self.env._("%s: choose the device that the channel belongs to.", sensor.name)
                )
            if not sensor.device_serial and not sensor.iot_device_id:
                raise ValidationError(
                    self.env._(
                        "%s: enter the serial of the probe, or choose the device it hangs on and the channel.",
                        sensor.name,
                    )
                )
            if not sensor.parameter_id and (sensor.device_channel or not sensor.device_serial):
                raise ValidationError(
                    self.env._(
                        "%s: choose the parameter. A channel can report several quantities, and only the "
                        "parameter tells which of them is meant.",
                        sensor.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        # A sensor archived just before must not stand in the way of the one that takes its place.
        self.flush_model(["active", "device_serial", "address", "company_id"])
        sensors = super().create([self._normalised(vals) for vals in vals_list])
        sensors._forget_unknown()
        return sensors

    def write(self, vals):
        vals = self._normalised(vals)
        result = super().write(vals)
        if not vals.keys().isdisjoint(("device_serial", "iot_device_id", "device_channel")):
            self._forget_unknown()
        return result

    def _forget_unknown(self):
        names = {
            (sensor.device_serial or sensor.iot_device_id.identifier, sensor.company_id.id) for sensor in self
        }
        self.env["iot.unknown.device"]._forget(names)

    def _measures(self, quantity):
        """Whether values of ``quantity`` are this sensor's."""
        self.ensure_one()
        return measures(
            quantity, parameter=self.quantity or "", unit=self.device_unit or "", kind=self.device_kind
        )

    def _device_source(self):
        """Where the web client hears what the probe measures now (``fusion_take_value``); False where it can not."""
        self.ensure_one()
        row = self.channel_id or self._channel_of_serial()
        if not row:
            return False
        try:
            zero, one = (convert(value, row.unit or "", self.unit or "") for value in (0.0, 1.0))
        except UnitError:
            return False
        return {
            "identifier": row.device_id.identifier,
            "channel": row.channel or "",
            "quantity": row.quantity,
            "unit": self.unit or row.unit or "",
            "scale": one - zero,
            "offset": zero,
            "stale_after": self.silent_after,
        }

    def _channel_of_serial(self):
        """The channel on which the probe was heard last, on whatever device."""
        rows = self.env["iot.device.channel"]
        if self.device_serial:
            heard = [
                ("serial", "=", self.device_serial),
                ("device_id.company_id", "in", [self.company_id.id, False]),
            ]
            rows = rows.search(heard, order="last_at desc nulls last, id")
        return rows.filtered(lambda row: self._measures(row.quantity))[:1]

    def _measurement(self, value, at):
        """A value in the sensor's own unit, as its probe would report it. ``at`` is aware UTC, or None."""
        self.ensure_one()
        unit, company = self.unit or "", self.company_id.id
        if serial := self.device_serial:
            return Measurement(device=serial, serial=serial, value=value, unit=unit, at=at, company=company)
        return Measurement(
            device=self.iot_device_id.identifier,
            channel=self.device_channel or "",
            quantity=self.quantity,
            value=value,
            unit=unit,
            at=at,
            company=company,
        )

    @api.model
    def _rewrite_serials(self):
        """Bring serials from before into the one form of all, where no other sensor in use has it already."""
        everything = self.with_context(active_test=False).search([("device_serial", "!=", False)])
        taken = {(sensor.company_id, sensor.device_serial) for sensor in everything.filtered("active")}
        for sensor in everything.sorted("active", reverse=True):
            serial = normalise_serial(sensor.device_serial)
            if serial != sensor.device_serial and not (
                sensor.active and (sensor.company_id, serial) in taken
            ):
                taken.add((sensor.company_id, serial))
                sensor.device_serial = serial

    @api.model
    def _normalised(self, vals):
        """Serial and channel in the form in which they are looked up."""
        forms = {"device_serial": normalise_serial, "device_channel": str.strip}
        found = {
            name: form(vals[name]) or False for name, form in forms.items() if isinstance(vals.get(name), str)
        }
        return {**vals, **found}
