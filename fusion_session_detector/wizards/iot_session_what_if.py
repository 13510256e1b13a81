from datetime import timedelta

from odoo import api, fields, models

from ..models.iot_device import SETTINGS


class IotSessionWhatIf(models.TransientModel):
    """Which sessions a machine would have had with other settings."""

    _name = "iot.session.what.if"
    _description = "What If"

    device_id = fields.Many2one("iot.device", string="Machine", required=True, ondelete="cascade")
    date_from = fields.Datetime(
        string="From", required=True, default=lambda self: fields.Datetime.now() - timedelta(days=1)
    )
    date_to = fields.Datetime(string="To", required=True, default=lambda self: fields.Datetime.now())
    standby_threshold_w = fields.Float(string="Standby from (W)", digits=(12, 1))
    working_threshold_w = fields.Float(string="Working from (W)", digits=(12, 1))
    start_threshold_w = fields.Float(string="Session starts from (W)", digits=(12, 1))
    stop_threshold_w = fields.Float(string="Off below (W)", digits=(12, 1))
    working_stop_threshold_w = fields.Float(string="Work ends below (W)", digits=(12, 1))
    start_debounce_s = fields.Float(string="Certain start after (s)", digits=(12, 1))
    stop_debounce_s = fields.Float(string="Certain end after (s)", digits=(12, 1))
    message_timeout_s = fields.Float(string="Silent after (s)", digits=(12, 1))
    start_energy_wh = fields.Float(string="Start needs (Wh)", digits=(12, 2))
    min_off_gap_s = fields.Float(string="Join across pauses of (s)", digits=(12, 1))
    resume_debounce_s = fields.Float(string="Return counts after (s)", digits=(12, 1))
    resume_energy_wh = fields.Float(string="Return needs (Wh)", digits=(12, 2))
    false_zero_s = fields.Float(string="Ignore zeros of (s)", digits=(12, 1))
    heartbeat_interval_s = fields.Float(string="Tell others every (s)", digits=(12, 1))
    problem = fields.Char(compute="_compute_preview", help="Why nothing can be shown.")
    preview = fields.Json(compute="_compute_preview")
    histogram = fields.Json(compute="_compute_histogram")

    @api.depends("device_id", "date_from", "date_to", *SETTINGS)
    def _compute_preview(self):
        """``recorded`` and ``replayed``: lists of sessions as dicts of ``from``, ``to`` (ISO; null while it runs),
        ``working_s``, ``standby_s``, ``energy_kwh``, ``end_reason``, ``id`` (of the record, recorded ones only) and
        ``mark``: ``same``, ``changed``, ``gone`` (recorded ones only) or ``new`` (replayed ones only)."""
        for record in self:
            record.preview = {"recorded": [], "replayed": [], "samples": 0}
            record.problem = False

    @api.depends("device_id", "date_from", "date_to")
    def _compute_histogram(self):
        """``bins``: ``[from W, below W, seconds]``, ``levels``: ``[W, seconds]``, ``standby_threshold_w`` and
        ``working_threshold_w`` (null where nothing can be suggested)."""
        for record in self:
            record.histogram = {
                "bins": [],
                "levels": [],
                "standby_threshold_w": None,
                "working_threshold_w": None,
            }

    def action_suggest(self):
        """Take the suggested thresholds over into the form."""

    def action_apply(self):
        """Make these settings those of the machine."""
