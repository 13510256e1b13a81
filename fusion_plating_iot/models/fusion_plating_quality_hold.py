from collections import defaultdict

from odoo import api, fields, models
from odoo.addons.fusion_base.growing import GrowingReference
from odoo.addons.fusion_iot_base.moment_text import moment_text

from fusion_iot_core.judge import BackInSpec, ExcursionStarted, Limits, WorseValue, worse


class FusionPlatingQualityHold(models.Model):
    _inherit = "fusion.plating.quality.hold"

    sensor_id = fields.Many2one(
        "fp.tank.sensor",
        ondelete="restrict",
        readonly=True,
        index="btree_not_null",
        help="The sensor whose reading raised this hold.",
    )
    alert_id = GrowingReference(
        "iot.alert",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The alert that had this hold raised.",
    )
    cause_id = fields.Many2one("iot.alert.cause", index="btree_not_null", ondelete="restrict")
    remedy_id = fields.Many2one("iot.alert.remedy", index="btree_not_null", ondelete="restrict")

    _one_open_hold_per_sensor = models.UniqueIndex(
        "(sensor_id) WHERE sensor_id IS NOT NULL AND state IN ('open', 'under_review')",
        "This sensor has an open hold already; a further excursion is added to it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        # What readings raise is told with the readings.
        holds.filtered("is_manual")._nudge_screens()
        return holds

    def _set_state(self, vals):
        super()._set_state(vals)
        self._nudge_screens()

    def _nudge_screens(self):
        """Let open screens fetch holds and tanks again."""
        if self:
            group, tanks = "fusion_plating.group_plating_operator", self.tank_id.ids
            self.env["iot.nudge"]._nudge(group, ("hold",), {"tank_ids": tanks})

    def action_open_readings(self):
        """Open the readings of the sensor around this hold."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_plating_iot.fp_tank_reading_action")
        domain = [("sensor_id", "=", self.sensor_id.id), ("read_at", ">=", self.date_start)]
        if self.date_back_in_spec:
            domain.append(("read_at", "<=", self.date_back_in_spec))
        return dict(action, domain=domain, context={})

    @api.model
    def _follow_excursions(self, events, late):
        """Raise holds, or add to those that are open, for what a batch of readings made happen.

        :param events: ``(LockedSensor, event)`` in order of time per sensor
        :param late: the batch's ``LateExcursion`` items
        The caller holds the locks of the sensors, so nobody else can raise a hold for one of them.
        """
        if not events and not late:
            return
        sensor_ids = {sensor.id for sensor, _event in events} | {excursion.sensor_id for excursion in late}
        latest = self._latest_by_sensor(sensor_ids)
        for excursion in late:
            self._add_late(latest, excursion)
        for sensor, event in events:
            self._add_event(latest, sensor, event)

    @api.model
    def _latest_by_sensor(self, sensor_ids):
        """The open hold of each sensor, else its newest one."""
        latest = defaultdict(self.browse)
        for hold in self.search([("sensor_id", "in", list(sensor_ids))], order="id"):
            if not latest[hold.sensor_id.id]._is_open():
                latest[hold.sensor_id.id] = hold
        return latest

    def _is_open(self):
        return bool(self) and self.state in self._open_states()

    def _add_event(self, latest, sensor, event):
        hold = latest[sensor.id]
        if isinstance(event, ExcursionStarted):
            latest[sensor.id] = self._excursion(
                hold,
                self.env["fp.tank.sensor"].browse(sensor.id),
                value=event.value,
                worst=event.worst,
                limits=event.limits,
                since=event.since.replace(tzinfo=None),
            )
        elif isinstance(event, WorseValue):
            if hold._is_open():
                hold._note_worst(event.value)
        elif isinstance(event, BackInSpec) and hold._is_open():
            hold._note_back_in_spec(event.at.replace(tzinfo=None))

    def _add_late(self, latest, excursion):
        limits = Limits(excursion.spec_min, excursion.spec_max)
        worst = excursion.high if worse(excursion.high, excursion.low, limits) else excursion.low
        sensor = self.env["fp.tank.sensor"].browse(excursion.sensor_id)
        if sensor.delay and (excursion.last - excursion.since).total_seconds() < sensor.delay:
            return
        latest[excursion.sensor_id] = self._excursion(
            latest[excursion.sensor_id],
            sensor,
            value=excursion.value,
            worst=worst,
            limits=limits,
            since=excursion.since,
            back_at=excursion.back_at,
        )

    def _excursion(self, hold, sensor, *, value, worst, limits, since, back_at=None):
        if hold._is_open():
            hold._note_excursion(worst, since, back_at)
            return hold
        return self._raise_hold(
            {
                "tank_id": sensor.tank_id.id,
                "bath_id": sensor.bath_id.id,
                "parameter_id": sensor.parameter_id.id,
                "sensor_id": sensor.id,
                "quantity": sensor.parameter_id.quantity,
                "unit": sensor.unit,
                "value": value,
                "worst_value": worst,
                "limit_min": False if limits.spec_min is None else limits.spec_min,
                "limit_max": False if limits.spec_max is None else limits.spec_max,
                "date_start": since,
                "date_back_in_spec": back_at,
            }
        )

    def _hold_limits(self):
        self.ensure_one()
        low, high = self.limit_min, self.limit_max
        return Limits(None if low is False else low, None if high is False else high)

    def _note_worst(self, value):
        """Keep the value furthest out, measured by the limits in force when the hold was raised."""
        if worse(value, self.worst_value, self._hold_limits()):
            self.worst_value = value

    def _note_back_in_spec(self, at):
        self.date_back_in_spec = at

    def _note_excursion(self, worst, since, back_at):
        self._note_worst(worst)
        self.write(
            {
                "excursion_count": self.excursion_count + 1,
                "date_start": min(self.date_start, since),
                "date_back_in_spec": back_at,
            }
        )
        self._message_log(
            body=self.env._(
                "Out of spec again from %(since)s, up to %(value)s %(unit)s.",
                since=moment_text(self.env, since, self.responsible_id.tz, show_seconds=True),
                value=self._value_text(worst),
                unit=self.unit or "",
            )
        )
