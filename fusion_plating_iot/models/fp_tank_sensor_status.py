from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_plating.fields import LimitFloat
from odoo.fields import Domain

from ..ingest.judging import MISSED_INTERVALS
from .fp_tank_reading import QUALITIES

STATUSES = [
    ("no_data", "No data yet"),
    ("ok", "In spec"),
    ("action", "Adjust"),
    ("out_of_spec", "Out of spec"),
    ("fault", "Sensor fault"),
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
