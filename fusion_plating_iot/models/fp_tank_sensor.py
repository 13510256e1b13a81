from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_iot_base.protocol import (
    SERIAL_MAX,
    Measurement,
    Quality,
    UnitError,
    convert,
    normalise_serial,
    units_for,
)
from odoo.addons.fusion_plating.fields import LimitFloat
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..ingest import address, measures
from ..ingest.judging import MISSED_INTERVALS

STATUSES = [
    ("no_data", "No data yet"),
    ("ok", "In spec"),
    ("action", "Adjust"),
    ("out_of_spec", "Out of spec"),
    ("fault", "Sensor fault"),
    ("silent", "Silent"),
]
QUALITIES = [(Quality.GOOD.value, "Good"), (Quality.SUSPECT.value, "Suspect"), (Quality.BAD.value, "Bad")]
CALIBRATION_NOTICE = timedelta(days=14)


class FpTankSensor(models.Model):
    """A measuring point: which probe reports which parameter of which tank.

    A probe is known by its own serial, wherever it hangs. Where messages do not carry one (Shelly Add-on), it
    is known by its place: the device and its channel.

    The last reading and the state of the excursion are kept on the sensor by the ingest, under its row lock,
    so that a reading is judged without a look into the log.
    """

    _name = "fp.tank.sensor"
    _description = "Tank Sensor"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "tank_id, name, id"
    _check_company_auto = True
    _rec_names_search = ["name", "device_serial", "iot_device_id.identifier", "tank_id.code", "tank_id.name"]

    name = fields.Char(required=True, tracking=True)
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
            ("shelly", "Shelly"),
            ("tasmota", "Tasmota"),
            ("transmitter", "Transmitter"),
            ("manual", "Read by hand"),
            ("other", "Other"),
        ],
        string="Kind",
        required=True,
        default="ds18b20",
        tracking=True,
        help="Decides which values mean a broken probe: a DS18B20 reports −127 °C when its wire is cut.",
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
    tank_id = fields.Many2one(
        "fusion.plating.tank",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
    )
    company_id = fields.Many2one(related="tank_id.company_id", store=True, index=True)
    bath_id = fields.Many2one(
        "fusion.plating.bath",
        compute="_compute_bath_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        check_company=True,
        domain="[('tank_id', '=', tank_id)]",
        tracking=True,
        help="The bath that is measured. It follows the bath in use of the tank.",
    )
    parameter_id = fields.Many2one(
        "fusion.plating.bath.parameter",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        domain="['|', ('bath_id', '=', bath_id), ('bath_id', '=', False)]",
        tracking=True,
        help="What is measured. Its limits judge the readings. Without one, readings are stored and not judged.",
    )
    quantity = fields.Selection(related="parameter_id.quantity")
    unit = fields.Char(
        compute="_compute_unit", help="Unit in which readings are stored and judged: that of the parameter."
    )
    device_unit = fields.Selection(
        string="Unit of the probe",
        selection="_select_device_unit",
        tracking=True,
        help="The unit the probe sends, where it is not that of the parameter. Readings are converted; the raw value "
        "is kept.",
    )
    alert_min_override = LimitFloat(
        string="Spec min override",
        tracking=True,
        help="Takes the place of the parameter's specification minimum for this sensor.",
    )
    alert_max_override = LimitFloat(
        string="Spec max override",
        tracking=True,
        help="Takes the place of the parameter's specification maximum for this sensor.",
    )
    deadband = fields.Float(
        tracking=True,
        help="How far inside the limits a reading must be before an excursion counts as over. Keeps a value that "
        "dances on the limit from counting as many excursions. Unit of the parameter.",
    )
    delay = fields.Integer(
        string="Delay (s)",
        tracking=True,
        help="How long readings must be out of spec before a hold is raised. 0 raises it with the first one.",
    )
    expected_interval = fields.Integer(
        string="Expected interval (s)",
        default=60,
        tracking=True,
        help="How often the probe reports. After three missed readings the sensor is shown as silent. 0: never.",
    )
    calibration_due = fields.Date(
        string="Calibration due", tracking=True, help="The calibration of the probe is valid until this day."
    )
    calibration_state = fields.Selection(
        [("none", "Not set"), ("valid", "Valid"), ("soon", "Due soon"), ("overdue", "Overdue")],
        compute="_compute_calibration_state",
        search="_search_calibration_state",
        string="Calibration",
    )
    replaced_by_id = fields.Many2one("fp.tank.sensor", string="Replaced by", readonly=True, copy=False)
    replaces_id = fields.Many2one("fp.tank.sensor", string="Replaces", readonly=True, copy=False)
    note = fields.Text()
    active = fields.Boolean(default=True, tracking=True)

    last_reading_value = LimitFloat(string="Last value", readonly=True, copy=False)
    last_reading_at = fields.Datetime(string="Last reading", readonly=True, copy=False)
    last_reading_in_spec = fields.Boolean(string="Last in spec", readonly=True, copy=False)
    last_quality = fields.Selection(QUALITIES, readonly=True, copy=False)
    last_received_at = fields.Datetime(string="Last received", readonly=True, copy=False)
    state_at = fields.Datetime(
        string="Newest reading",
        readonly=True,
        copy=False,
        help="Source time of the newest reading of any quality.",
    )
    excursion_since = fields.Datetime(string="Out of spec since", readonly=True, copy=False)
    excursion_raised = fields.Boolean(readonly=True, copy=False)
    excursion_worst = LimitFloat(string="Worst value", readonly=True, copy=False)
    status = fields.Selection(STATUSES, compute="_compute_status", search="_search_status")
    silent_after = fields.Integer(
        compute="_compute_silent_after", help="Seconds without a reading after which the sensor is silent."
    )

    spec_min = LimitFloat(string="Spec min", compute="_compute_limits")
    spec_max = LimitFloat(string="Spec max", compute="_compute_limits")
    action_min = LimitFloat(string="Action min", related="parameter_id.action_min")
    action_max = LimitFloat(string="Action max", related="parameter_id.action_max")

    hold_ids = fields.One2many("fusion.plating.quality.hold", "sensor_id", string="Holds")
    hold_count = fields.Integer(compute="_compute_hold_count")

    _serial_unique = models.UniqueIndex(
        "(device_serial) WHERE active IS TRUE",
        "Another sensor in use has this serial. Archive that one first, or replace its probe.",
    )
    _address_unique = models.UniqueIndex(
        "(address) WHERE active IS TRUE",
        "Another sensor in use takes this quantity from this channel. Archive that one first, or replace its probe.",
    )
    _deadband_not_negative = models.Constraint("CHECK (deadband >= 0)", "A deadband cannot be negative.")
    _delay_not_negative = models.Constraint("CHECK (delay >= 0)", "A delay cannot be negative.")
    _interval_not_negative = models.Constraint(
        "CHECK (expected_interval >= 0)", "An expected interval cannot be negative."
    )
    _override_order = models.Constraint(
        "CHECK (alert_min_override <= alert_max_override)",
        "The override minimum must not exceed the maximum.",
    )

    def init(self):
        # Every reading updates its sensor. Room in the pages keeps the new version in its page (HOT), and a
        # table of a few rows must not wait until a fifth of "all its rows" is dead.
        self.env.cr.execute(
            "ALTER TABLE fp_tank_sensor SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,"
            " autovacuum_vacuum_threshold = 500)"
        )

    @api.model
    def _select_device_unit(self):
        quantities = self.env["fusion.plating.bath.parameter"]._fields["quantity"].get_values(self.env)
        units = dict.fromkeys(unit for quantity in quantities for unit in units_for(quantity))
        return [(unit, unit) for unit in units]

    @api.depends("name", "tank_id.code", "tank_id.name")
    def _compute_display_name(self):
        for sensor in self:
            tank = sensor.tank_id.code or sensor.tank_id.name
            sensor.display_name = " · ".join(part for part in (tank, sensor.name) if part)

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

    @api.depends("tank_id.bath_id")
    def _compute_bath_id(self):
        for sensor in self:
            sensor.bath_id = sensor.tank_id.bath_id

    @api.depends("parameter_id.unit", "device_unit")
    def _compute_unit(self):
        for sensor in self:
            sensor.unit = sensor.parameter_id.unit or sensor.device_unit

    @api.depends(
        "alert_min_override", "alert_max_override", "parameter_id.target_min", "parameter_id.target_max"
    )
    def _compute_limits(self):
        for sensor in self:
            low, high = sensor.alert_min_override, sensor.alert_max_override
            sensor.spec_min = sensor.parameter_id.target_min if low is False else low
            sensor.spec_max = sensor.parameter_id.target_max if high is False else high

    @api.depends("expected_interval")
    def _compute_silent_after(self):
        for sensor in self:
            sensor.silent_after = sensor.expected_interval * MISSED_INTERVALS

    @api.depends(
        "state_at",
        "last_quality",
        "last_reading_value",
        "last_reading_in_spec",
        "expected_interval",
        "action_min",
        "action_max",
    )
    def _compute_status(self):
        now = fields.Datetime.now()
        for sensor in self:
            sensor.status = sensor._status_at(now)

    def _status_at(self, now):
        if not self.state_at:
            return "no_data"
        if self.silent_after and now - self.state_at > timedelta(seconds=self.silent_after):
            return "silent"
        if self.last_quality == "bad":
            return "fault"
        if not self.last_reading_at:
            return "no_data"
        if not self.last_reading_in_spec:
            return "out_of_spec"
        low, high = self.action_min, self.action_max
        outside = (low is not False and self.last_reading_value < low) or (
            high is not False and self.last_reading_value > high
        )
        return "action" if outside else "ok"

    @api.model
    def _search_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        sensors = self.with_context(active_test=False).search_fetch(
            [], ["state_at", "last_quality", "last_reading_value", "last_reading_in_spec", "parameter_id"]
        )
        return Domain("id", "in", sensors.filtered(lambda sensor: sensor.status in value).ids)

    @api.depends("calibration_due")
    def _compute_calibration_state(self):
        today = fields.Date.context_today(self)
        for sensor in self:
            if not sensor.calibration_due:
                sensor.calibration_state = "none"
            elif sensor.calibration_due < today:
                sensor.calibration_state = "overdue"
            else:
                soon = sensor.calibration_due <= today + CALIBRATION_NOTICE
                sensor.calibration_state = "soon" if soon else "valid"

    @api.model
    def _search_calibration_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        soon = today + CALIBRATION_NOTICE
        domains = {
            "none": Domain("calibration_due", "=", False),
            "overdue": Domain("calibration_due", "<", today),
            "soon": Domain("calibration_due", ">=", today) & Domain("calibration_due", "<=", soon),
            "valid": Domain("calibration_due", ">", soon),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("hold_ids")
    def _compute_hold_count(self):
        groups = self.env["fusion.plating.quality.hold"]._read_group(
            [("sensor_id", "in", self.ids)], ["sensor_id"], ["__count"]
        )
        counts = {sensor.id: count for sensor, count in groups}
        for sensor in self:
            sensor.hold_count = counts.get(sensor.id, 0)

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

    @api.constrains("parameter_id", "tank_id")
    def _check_parameter_tank(self):
        for sensor in self:
            tank = sensor.parameter_id.tank_id
            if tank and tank != sensor.tank_id:
                raise ValidationError(
                    self.env._(
                        "%(sensor)s is in %(tank)s, but %(parameter)s belongs to another tank.",
                        sensor=sensor.name,
                        tank=sensor.tank_id.display_name,
                        parameter=sensor.parameter_id.display_name,
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
        self.flush_model(["active", "device_serial", "address"])
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
        names = {sensor.device_serial or sensor.iot_device_id.identifier for sensor in self}
        self.env["iot.unknown.device"]._forget(names - {False})

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
            rows = rows.search([("serial", "=", self.device_serial)], order="last_at desc nulls last, id")
        return rows.filtered(lambda row: self._measures(row.quantity))[:1]

    def _measurement(self, value, at):
        """A value in the sensor's own unit, as its probe would report it. ``at`` is aware UTC, or None."""
        self.ensure_one()
        unit = self.unit or ""
        if serial := self.device_serial:
            return Measurement(device=serial, serial=serial, value=value, unit=unit, at=at)
        return Measurement(
            device=self.iot_device_id.identifier,
            channel=self.device_channel or "",
            quantity=self.quantity,
            value=value,
            unit=unit,
            at=at,
        )

    @api.model
    def _normalised(self, vals):
        """Serial and channel in the form in which they are looked up."""
        forms = {"device_serial": normalise_serial, "device_channel": str.strip}
        found = {
            name: form(vals[name]) or False for name, form in forms.items() if isinstance(vals.get(name), str)
        }
        return {**vals, **found}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_readings(self):
        if self.env["fp.tank.reading"].sudo().search_count([("sensor_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "A sensor with readings cannot be deleted: its history is kept. Archive it instead."
                )
            )

    def action_open_readings(self):
        """Open the log of these sensors."""
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_plating_iot.fp_tank_reading_action")
        context = {"default_sensor_id": self.id} if len(self) == 1 else {}
        return dict(action, domain=[("sensor_id", "in", self.ids)], context=context)

    def action_open_holds(self):
        """Open the holds these sensors raised."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "fusion_plating_quality.action_plating_quality_hold"
        )
        return dict(action, domain=[("sensor_id", "in", self.ids)], context={})
