from odoo import api, fields, models
from odoo.addons.fusion_plating.fields import LimitFloat
from odoo.exceptions import UserError, ValidationError

from fusion_iot_core.protocol import probe_kind


class FpTankSensor(models.Model):
    """A measuring point: which probe reports which parameter of which tank."""

    _name = "fp.tank.sensor"
    _description = "Tank Sensor"
    _inherit = [
        "fusion.plating.limit.reason.mixin",
        "fusion.plating.tank.company.mixin",
        "mail.activity.mixin",
        "iot.alert.source.mixin",
        "fusion.kept.mixin",
    ]
    _order = "tank_id, name, id"
    _check_company_auto = True
    _rec_names_search = ["name", "device_serial", "iot_device_id.identifier", "tank_id.code", "tank_id.name"]

    name = fields.Char(required=True, tracking=True)
    tank_id = fields.Many2one(
        "fusion.plating.tank",
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
    )
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
    max_jump = LimitFloat(
        string="Largest jump",
        tracking=True,
        help="A reading further than this from the last good one is not believed until the next one is there too. As "
        "much again is allowed for every minute between them, five at most, for a temperature no more than 15 °C in "
        "all. Empty: 30 °C for a temperature (thermocouple: 100 °C), nothing for anything else. 0: any jump is "
        "believed, also to what looks like another unit. Unit of the parameter.",
    )
    still_after = LimitFloat(
        string="Still after (h)",
        tracking=True,
        help="A value that has not moved in any digit for so long is not believed until it moves: the probe may be "
        "stuck. Empty: 24 hours for temperature, pH and conductivity, never for anything else or what is read by "
        "hand. 0: never, for a probe that rounds coarsely.",
    )
    replaced_by_id = fields.Many2one("fp.tank.sensor", string="Replaced by", readonly=True, copy=False)
    replaces_id = fields.Many2one("fp.tank.sensor", string="Replaces", readonly=True, copy=False)
    note = fields.Text()
    active = fields.Boolean(default=True, tracking=True)
    spec_min = LimitFloat(string="Spec min", compute="_compute_limits")
    spec_max = LimitFloat(string="Spec max", compute="_compute_limits")
    setpoint = LimitFloat(compute="_compute_limits", help="The value aimed at.")
    action_min = LimitFloat(string="Action min", compute="_compute_limits")
    action_max = LimitFloat(string="Action max", compute="_compute_limits")
    hold_ids = fields.One2many("fusion.plating.quality.hold", "sensor_id", string="Holds")
    hold_count = fields.Integer(string="Number of holds", compute="_compute_hold_count")

    _deadband_not_negative = models.Constraint(
        "CHECK (deadband >= 0 AND deadband < 'Infinity')", "A deadband is a number, and not negative."
    )
    _max_jump_not_negative = models.Constraint(
        "CHECK (max_jump >= 0)", "The largest jump cannot be negative."
    )
    _still_after_not_negative = models.Constraint(
        "CHECK (still_after >= 0)", "A time to stand still cannot be negative."
    )
    _values_plausible = models.Constraint(
        "CHECK (last_reading_value BETWEEN -1e15 AND 1e15 AND excursion_worst BETWEEN -1e15 AND 1e15)",
        "No reading is as large as this.",
    )
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

    @api.depends("name", "tank_id.code", "tank_id.name")
    def _compute_display_name(self):
        for sensor in self:
            tank = sensor.tank_id.code or sensor.tank_id.name
            sensor.display_name = " · ".join(part for part in (tank, sensor.name) if part)

    @api.depends("tank_id.bath_id")
    def _compute_bath_id(self):
        for sensor in self:
            sensor.bath_id = sensor.tank_id.bath_id

    @api.onchange("tank_id", "bath_id", "device_kind")
    def _onchange_bath_id(self):
        """A parameter of another bath goes; a thermometer takes the temperature where the bath has just one."""
        if self.parameter_id.bath_id and self.parameter_id.bath_id != self.bath_id:
            self.parameter_id = False
        temperatures = self.bath_id.parameter_ids.filtered(lambda each: each.quantity == "temperature")
        kind = probe_kind(self.device_kind or "", self.device_serial or "")
        if not self.parameter_id and kind.thermometer and len(temperatures) == 1:
            self.parameter_id = temperatures

    @api.depends("parameter_id.unit", "device_unit")
    def _compute_unit(self):
        for sensor in self:
            sensor.unit = sensor.parameter_id.unit or sensor.device_unit

    @api.depends(
        "alert_min_override",
        "alert_max_override",
        "parameter_id.bath_state",
        "parameter_id.setpoint",
        "parameter_id.target_min",
        "parameter_id.target_max",
        "parameter_id.action_min",
        "parameter_id.action_max",
    )
    def _compute_limits(self):
        """The limits in force. With a bath that was dumped its limits are gone."""
        for sensor in self:
            parameter = sensor.parameter_id
            if parameter.bath_state == "dumped":
                sensor.spec_min = sensor.spec_max = sensor.action_min = sensor.action_max = False
                sensor.setpoint = False
                continue
            low, high = sensor.alert_min_override, sensor.alert_max_override
            sensor.spec_min = parameter.target_min if low is False else low
            sensor.spec_max = parameter.target_max if high is False else high
            sensor.action_min, sensor.action_max = parameter.action_min, parameter.action_max
            sensor.setpoint = parameter.setpoint

    @api.model
    def _limit_names(self):
        return ("alert_min_override", "alert_max_override")

    @api.model
    def _limit_triggers(self):
        return (*self._limit_names(), "parameter_id", "delay")

    def _limits_bind(self):
        return bool(self.parameter_id) or any(self[name] is not False for name in self._limit_names())

    def _default_limit_reason(self):
        if self.env.su or self._limits_bind():
            return super()._default_limit_reason()
        return self.env._("The first limits of the sensor")

    def _limits_in_force(self):
        """Its own limits, those that its parameter gives in their place, and how long they may be exceeded.

        A change of the parameter's limits is one of the parameter; to take another parameter is one of the sensor,
        also when the bath of the one before has been dumped meanwhile.
        """
        parameter = self.parameter_id
        limits, scale = super()._limits_in_force(), (self.quantity, self.unit)
        if self.alert_min_override is False:
            limits["spec_min"] = (parameter.target_min, scale)
        if self.alert_max_override is False:
            limits["spec_max"] = (parameter.target_max, scale)
        limits["action_min"] = (parameter.action_min, scale)
        limits["action_max"] = (parameter.action_max, scale)
        if self._limits_bind():
            limits["delay"] = (self.delay, ("", ""))
        return limits

    def _limit_place(self):
        return {
            "company_id": self.company_id.id,
            "tank_id": self.tank_id.id,
            "bath_id": self.bath_id.id,
            "parameter_id": self.parameter_id.id,
            "sensor_id": self.id,
        }

    @api.depends("hold_ids")
    def _compute_hold_count(self):
        groups = self.env["fusion.plating.quality.hold"]._read_group(
            [("sensor_id", "in", self.ids)], ["sensor_id"], ["__count"]
        )
        counts = {sensor.id: count for sensor, count in groups}
        for sensor in self:
            sensor.hold_count = counts.get(sensor.id, 0)

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

    @api.constrains("bath_id", "tank_id")
    def _check_bath_tank(self):
        for sensor in self:
            if sensor.bath_id and sensor.bath_id.tank_id != sensor.tank_id:
                raise ValidationError(
                    self.env._(
                        "%(sensor)s is in %(tank)s, but %(bath)s belongs to another tank.",
                        sensor=sensor.name,
                        tank=sensor.tank_id.display_name,
                        bath=sensor.bath_id.display_name,
                    )
                )

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
