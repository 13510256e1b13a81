from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_plating.fields import LimitFloat
from odoo.fields import Domain

from fusion_iot_core.protocol import probe_kind

from ..ingest.judging import MISSED_INTERVALS
from .fp_tank_reading import QUALITIES, REASONS

STATUSES = [
    ("no_data", "No data yet"),
    ("ok", "In spec"),
    ("not_judged", "Not judged"),
    ("action", "Adjust"),
    ("out_of_spec", "Out of spec"),
    ("fault", "Sensor fault"),
    ("suspect", "Suspect"),
    ("silent", "Silent"),
]
CALIBRATION_NOTICE = timedelta(days=14)


def _outside(value, low, high):
    return (low is not False and value < low) or (high is not False and value > high)


class FpTankSensor(models.Model):
    """How a sensor is: its last reading, its excursion, its calibration.

    The last reading and the state of the excursion are kept on the sensor by the ingest, under its row lock,
    so that a reading is judged without a look into the log.
    """

    _inherit = "fp.tank.sensor"  # pylint: disable=consider-merging-classes-inherited

    calibration_due = fields.Date(
        string="Calibration due", tracking=True, help="The calibration of the probe is valid until this day."
    )
    calibration_state = fields.Selection(
        [("none", "Not set"), ("valid", "Valid"), ("soon", "Due soon"), ("overdue", "Overdue")],
        compute="_compute_calibration_state",
        search="_search_calibration_state",
        string="Calibration",
    )
    last_reading_value = LimitFloat(string="Last value", readonly=True, copy=False)
    last_reading_at = fields.Datetime(string="Last reading", readonly=True, copy=False)
    judged_by_id = fields.Many2one(
        "fusion.plating.bath.parameter",
        string="Judged by",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The parameter that was measured when the last value came. The limits of another one do not judge it.",
    )
    last_quality = fields.Selection(QUALITIES, string="Last quality", readonly=True, copy=False)
    last_reason = fields.Selection(
        REASONS, string="Reason", readonly=True, copy=False, help="Why the newest reading is not good."
    )
    doubt_text = fields.Char(
        string="Doubt",
        compute="_compute_doubt_text",
        help="What is wrong with the newest reading, and what to do.",
    )
    last_received_at = fields.Datetime(string="Last received", readonly=True, copy=False)
    state_at = fields.Datetime(
        string="Newest reading",
        readonly=True,
        copy=False,
        help="Source time of the newest reading of any quality.",
    )
    plain_value = LimitFloat(
        string="Plain value",
        readonly=True,
        copy=False,
        help="The last good value that no broken probe says, in the stored unit of the quantity. A fault value that is "
        "also a possible temperature is measured against it.",
    )
    plain_at = fields.Datetime(string="Plain at", readonly=True, copy=False)
    seen_value = LimitFloat(
        string="Seen value",
        readonly=True,
        copy=False,
        help="The last value that was not bad, in the stored unit of the quantity.",
    )
    still_s = LimitFloat(
        string="Not moved for (s)",
        readonly=True,
        copy=False,
        help="For how long the value has not moved at all.",
    )
    excursion_since = fields.Datetime(string="Out of spec since", readonly=True, copy=False)
    excursion_raised = fields.Boolean(string="Excursion raised", readonly=True, copy=False)
    excursion_worst = LimitFloat(string="Worst value", readonly=True, copy=False)
    status = fields.Selection(STATUSES, compute="_compute_status", search="_search_status")
    not_judged_text = fields.Char(
        string="Why not judged",
        compute="_compute_not_judged_text",
        help="Why nothing is judged, and what to do.",
    )
    silent_after = fields.Integer(
        string="Silent after (s)",
        compute="_compute_silent_after",
        help="Seconds without a reading after which the sensor is silent.",
    )

    def _keeper(self, field):
        if field.name in ("replaced_by_id", "replaces_id"):
            return self.env._("the replacement of its probe")
        return self.env._("the readings that come in")

    @api.depends("expected_interval")
    def _compute_silent_after(self):
        for sensor in self:
            sensor.silent_after = sensor.expected_interval * MISSED_INTERVALS

    @api.depends(
        "state_at",
        "last_quality",
        "last_reading_value",
        "last_reading_at",
        "judged_by_id",
        "parameter_id",
        "expected_interval",
        "spec_min",
        "spec_max",
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
        doubted = self.last_quality == "suspect"
        if not self.last_reading_at:
            return "suspect" if doubted else "no_data"
        judgement = self._judgement()
        if doubted and judgement != "out_of_spec":
            return "suspect"
        return judgement

    def _judgement(self):
        """What the limits in force say of the last good value, however old it is.

        :return: ``"out_of_spec"``, ``"action"``, ``"ok"``; ``"not_judged"`` where there is no value, no
            specification, or the value is one of another bath
        """
        value = self.last_reading_value
        if not self.last_reading_at or value is False or self.judged_by_id != self.parameter_id:
            return "not_judged"
        if _outside(value, self.spec_min, self.spec_max):
            return "out_of_spec"
        if _outside(value, self.action_min, self.action_max):
            return "action"
        return "ok" if self._has_specification() else "not_judged"

    def _has_specification(self):
        return self.spec_min is not False or self.spec_max is not False

    @api.depends("parameter_id.bath_id", "parameter_id.bath_state", "spec_min", "spec_max", "status")
    def _compute_not_judged_text(self):
        for sensor in self:
            sensor.not_judged_text = sensor._why_not_judged()

    def _why_not_judged(self):
        parameter = self.parameter_id
        if not parameter and not self._has_specification():
            return self.env._(
                "Readings are stored and not judged: the sensor has no parameter. Choose one that has limits."
            )
        if parameter.bath_state == "dumped":
            return self.env._(
                "Readings are stored and not judged: %s has been dumped. Put another bath in use, or choose a "
                "parameter of the bath that is.",
                parameter.bath_id.display_name,
            )
        if not self._has_specification():
            return self.env._(
                "Readings are stored and not judged: %s has no specification. Give it limits, or choose a parameter "
                "that has some.",
                parameter.display_name,
            )
        if self.status == "not_judged":
            return self.env._("The next reading is the first that is judged by the limits in force.")
        return False

    @api.depends(
        "last_quality", "last_reason", "seen_value", "last_reading_value", "still_s", "device_kind", "unit"
    )
    def _compute_doubt_text(self):
        for sensor in self:
            sensor.doubt_text = sensor._doubt() if sensor.last_quality in ("suspect", "bad") else False

    def _doubt(self):
        kind = probe_kind(self.device_kind or "", self.device_serial or "")
        seen = ""
        if self.seen_value is not False:
            number = self._reading_number(self.seen_value, self.quantity, (self.spec_min, self.spec_max))
            seen = f"{number} {self.unit or ''}".strip()
        match self.last_reason:
            case "power_on":
                return self.env._(
                    "The probe says %s, which it also says when it has not measured. It is believed once another "
                    "value has come.",
                    seen,
                )
            case "jump":
                return self.env._(
                    "The probe says %s, further away than it can have moved. It is believed if it stays there.",
                    seen,
                )
            case "unit" if self.last_quality == "suspect":
                return self.env._(
                    "The probe says %s, which is what it measured before in another unit. Check the unit of the probe.",
                    seen,
                )
            case "unit":
                return self.env._(
                    "What the probe measured before, in another unit? Check the unit of the probe."
                )
            case "still":
                return self.env._(
                    "The value has been exactly %(value)s for %(hours)s hours. Check the probe, or set how long it may "
                    "stand still.",
                    value=seen,
                    hours=int((self.still_s or 0) // 3600),
                )
            case "range":
                return self.env._(
                    "Beyond what the probe can measure (%(low)g to %(high)g °C). Check the probe, its wires, and its "
                    "kind.",
                    low=kind.minimum,
                    high=kind.maximum,
                )
            case "code":
                return self.env._("The fault value of the probe. Check the probe and its wires.")
            case "impossible":
                return self.env._(
                    "A value that nothing can have. Check the probe and what its messages mean."
                )
            case "reported":
                return self.env._("The device says that it cannot measure. Check the probe and its wires.")
        return False

    @api.model
    def _search_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        sensors = self.with_context(active_test=False).search_fetch(
            [], ["state_at", "last_quality", "last_reading_value", "judged_by_id", "parameter_id"]
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
