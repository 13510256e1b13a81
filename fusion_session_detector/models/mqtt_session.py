import uuid

from odoo import api, fields, models
from odoo.addons.fusion_base.growing import GrowingReference

from ..engine.segments import counted, exact_span, segments
from ..engine.session_table import AN_HOUR_S, HOURS
from .iot_session_state import PHASES

STATUSES = [("running", "Running"), ("completed", "Completed")]
ENERGY_SOURCES = [
    ("counter", "Meter's counter"),
    ("partly", "Counter in part"),
    ("power", "Power and time"),
    ("manual", "Entered by hand"),
]
END_REASONS = [
    ("normal", "Switched off"),
    ("timeout", "Meter fell silent"),
    ("power_drop", "Power went while working"),
    ("manual", "Ended by hand"),
    ("fault", "Machine set aside"),
]


class MqttSession(models.Model):
    """A session: from when a machine was switched on until it was switched off.

    Running ones are written by the engine, by SQL. Durations are the detector's own, exact; times are rounded down to
    seconds, so that their difference may be a second off.
    """

    _name = "mqtt.session"
    _description = "Session"
    _inherit = ["mail.thread", "fusion.kept.mixin", "fusion.growing.mixin"]
    _order = "start_time desc, id desc"

    session_id = fields.Char(
        string="Session ID",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid.uuid4()),
        help="The same for a session that is found again after a restart.",
    )
    device_id = fields.Many2one(
        "iot.device", string="Machine", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="device_id.company_id", store=True, index=True)
    status = fields.Selection(STATUSES, required=True, readonly=True, default="running", index=True)
    current_state = fields.Selection(PHASES, string="State", required=True, readonly=True, default="standby")
    active = fields.Boolean(default=True, readonly=True, help="Archived: it was merged into another one.")
    by_hand = fields.Boolean(
        string="Entered or corrected by hand",
        readonly=True,
        copy=False,
        help="A person has entered its times or energy; the meter did not measure them. The chatter says why.",
    )
    merged_into_id = GrowingReference(
        "mqtt.session", string="Merged into", readonly=True, copy=False, index="btree_not_null"
    )
    start_time = fields.Datetime(string="Start", required=True, readonly=True, tracking=True)
    end_time = fields.Datetime(string="End", readonly=True, index=True, tracking=True)
    start_power_w = fields.Float(string="Power at start (W)", readonly=True, aggregator=None)
    end_power_w = fields.Float(string="Power at end (W)", readonly=True, aggregator=None)
    current_power_w = fields.Float(string="Power (W)", readonly=True, aggregator=None)
    peak_power_w = fields.Float(string="Peak (W)", readonly=True, aggregator="max")
    energy_kwh = fields.Float(
        string="Energy (kWh)",
        readonly=True,
        tracking=True,
        help="By the meter's own counter where it has one, otherwise power times time.",
    )
    energy_source = fields.Selection(
        ENERGY_SOURCES,
        string="Energy from",
        readonly=True,
        help="Counter in part: the counter rose by more than the machine can have drawn. That was not taken; power "
        "times time stands for it.",
    )
    total_duration_s = fields.Float(string="Duration (s)", readonly=True)
    standby_duration_s = fields.Float(string="Standby (s)", readonly=True, tracking=True)
    working_duration_s = fields.Float(string="Working (s)", readonly=True, tracking=True)
    total_duration_h = fields.Float(string="Duration (h)", compute="_compute_hours", store=True)
    standby_duration_h = fields.Float(string="Standby (h)", compute="_compute_hours", store=True)
    working_duration_h = fields.Float(string="Working (h)", compute="_compute_hours", store=True)
    last_message_time = fields.Datetime(string="Last message", readonly=True)
    end_reason = fields.Selection(END_REASONS, string="End reason", readonly=True)
    started_by_hand = fields.Boolean(string="Started by hand", readonly=True)
    state_history = fields.Json(
        string="State history", readonly=True, help="List of [time (ISO 8601, UTC), state], in order of time."
    )
    standby_units = fields.Float(
        string="Standby billed (h)",
        readonly=True,
        help="Standby, rounded up as the machine says.",
    )
    working_units = fields.Float(
        string="Working billed (h)",
        readonly=True,
        help="Working time, rounded up as the machine says.",
    )
    energy_units = fields.Float(string="Energy billed (kWh)", readonly=True)
    amount = fields.Monetary(
        readonly=True, tracking=True, help="By the machine's rates when the session ended."
    )
    currency_id = fields.Many2one("res.currency", readonly=True)

    _session_id_unique = models.Constraint("UNIQUE (session_id)", "There is a session with this ID already.")
    _by_time = models.Index("(start_time DESC, id DESC)")
    _one_running = models.UniqueIndex(
        "(device_id) WHERE status = 'running'", "A machine has one running session at a time."
    )

    # Numbers that come from meters: beyond all that is possible, and neither infinite nor no number at all.
    _possible = models.Constraint(
        "CHECK (energy_kwh BETWEEN 0 AND 1e12 AND energy_units BETWEEN 0 AND 1e12"
        " AND standby_duration_s BETWEEN 0 AND 1e10 AND working_duration_s BETWEEN 0 AND 1e10"
        " AND total_duration_s BETWEEN 0 AND 1e10 AND standby_units BETWEEN 0 AND 1e8"
        " AND working_units BETWEEN 0 AND 1e8 AND start_power_w BETWEEN 0 AND 1e9"
        " AND end_power_w BETWEEN 0 AND 1e9 AND current_power_w BETWEEN 0 AND 1e9"
        " AND peak_power_w BETWEEN 0 AND 1e9 AND amount BETWEEN 0 AND 1e18)",
        "The duration, power, energy or amount of a session is beyond what is possible.",
    )

    @api.depends(*HOURS.values())
    def _compute_hours(self):
        for session in self:
            for name, seconds in HOURS.items():
                session[name] = session[seconds] / AN_HOUR_S

    def _exact_span(self):
        """Start and end (now, while it runs), to the microsecond where they are known; naive UTC."""
        self.ensure_one()
        end = self.end_time or fields.Datetime.now()
        total = self.total_duration_s if self.end_time else None
        return exact_span(self.state_history, self.start_time, end, total)

    def _counted_segments(self, until=None):
        """What the machine did in the session, as it counts in its durations.

        :param until: no further than that; naive UTC
        """
        start, end = self._exact_span()
        found = segments(self.state_history, start, min(end, until) if until else end)
        return counted(found, running=not self.end_time)

    @api.depends("device_id.name")
    def _compute_display_name(self):
        """The machine and the number of the record.

        Without its time: the server writes that in the zone of the user, all else on a page is in the browser's.
        """
        for session in self:
            name, number = session.device_id.name or "", session._origin.id
            session.display_name = f"{name} #{number}" if number else name
