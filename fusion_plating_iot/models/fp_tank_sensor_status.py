from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_iot_base.protocol import probe_kind
from odoo.addons.fusion_plating.fields import LimitFloat
from odoo.fields import Domain

from ..ingest.judging import MISSED_INTERVALS
from .fp_tank_reading import QUALITIES, REASONS

STATUSES = [
    ("no_data", "No data yet"),
    ("ok", "In spec"),
    ("action", "Adjust"),
    ("out_of_spec", "Out of spec"),
    ("fault", "Sensor fault"),
    ("suspect", "Suspect"),
    ("silent", "Silent"),
]
CALIBRATION_NOTICE = timedelta(days=14)


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
    last_reading_in_spec = fields.Boolean(string="Last in spec", readonly=True, copy=False)
    last_quality = fields.Selection(QUALITIES, readonly=True, copy=False)
    last_reason = fields.Selection(
        REASONS, string="Reason", readonly=True, copy=False, help="Why the newest reading is not good."
    )
    doubt_text = fields.Char(
        compute="_compute_doubt_text", help="What is wrong with the newest reading, and what to do."
    )
    last_received_at = fields.Datetime(string="Last received", readonly=True, copy=False)
    state_at = fields.Datetime(
        string="Newest reading",
        readonly=True,
        copy=False,
        help="Source time of the newest reading of any quality.",
    )
    plain_value = LimitFloat(
        readonly=True,
        copy=False,
        help="The last good value that no broken probe says, in the stored unit of the quantity. A fault value that is "
        "also a possible temperature is measured against it.",
    )
    plain_at = fields.Datetime(readonly=True, copy=False)
    seen_value = LimitFloat(
        readonly=True, copy=False, help="The last value that was not bad, in the stored unit of the quantity."
    )
    still_s = LimitFloat(
        string="Not moved for (s)",
        readonly=True,
        copy=False,
        help="For how long the value has not moved at all.",
    )
    excursion_since = fields.Datetime(string="Out of spec since", readonly=True, copy=False)
    excursion_raised = fields.Boolean(readonly=True, copy=False)
    excursion_worst = LimitFloat(string="Worst value", readonly=True, copy=False)
    status = fields.Selection(STATUSES, compute="_compute_status", search="_search_status")
    silent_after = fields.Integer(
        compute="_compute_silent_after", help="Seconds without a reading after which the sensor is silent."
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
        doubted = self.last_quality == "suspect"
        if not self.last_reading_at:
            return "suspect" if doubted else "no_data"
        if not self.last_reading_in_spec:
            return "out_of_spec"
        if doubted:
            return "suspect"
        low, high = self.action_min, self.action_max
        outside = (low is not False and self.last_reading_value < low) or (
            high is not False and self.last_reading_value > high
        )
        return "action" if outside else "ok"

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
