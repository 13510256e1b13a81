from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from fusion_iot_core.detector import LONGEST_HOLD_S, ConfigError, SessionConfig, replay, suggest

from ..engine import power_log
from ..engine.columns import iso
from ..engine.comparing import Outline, compare
from ..models.iot_device import SETTINGS

MOST_SAMPLES = 1_000_000
SUGGESTED_OVER = timedelta(days=7)
LEAD = timedelta(minutes=5)
"""How much earlier a replay begins, so that a machine that was on is found on."""


class IotSessionWhatIf(models.TransientModel):
    """Which sessions a machine would have had with other settings."""

    _name = "iot.session.what.if"
    _description = "What If"

    device_id = fields.Many2one("iot.device", string="Machine", required=True, ondelete="cascade")
    date_from = fields.Datetime(
        string="From", required=True, default=lambda self: fields.Datetime.now() - timedelta(days=1)
    )
    date_to = fields.Datetime(string="To", required=True, default=lambda self: fields.Datetime.now())
    standby_threshold_w = fields.Float(string="Standby from (W)")
    working_threshold_w = fields.Float(string="Working from (W)")
    start_threshold_w = fields.Float(string="Session starts from (W)")
    stop_threshold_w = fields.Float(string="Off below (W)")
    working_stop_threshold_w = fields.Float(string="Work ends below (W)")
    start_debounce_s = fields.Float(string="Certain start after (s)")
    stop_debounce_s = fields.Float(string="Certain end after (s)")
    message_timeout_s = fields.Float(string="Silent after (s)")
    start_energy_wh = fields.Float(string="Start needs (Wh)")
    min_off_gap_s = fields.Float(string="Join across pauses of (s)")
    resume_debounce_s = fields.Float(string="Return counts after (s)")
    resume_energy_wh = fields.Float(string="Return needs (Wh)")
    false_zero_s = fields.Float(string="Ignore zeros of (s)")
    heartbeat_interval_s = fields.Float(string="Tell others every (s)")
    problem = fields.Char(compute="_compute_preview", help="Why nothing can be shown.")
    preview = fields.Json(compute="_compute_preview")
    histogram = fields.Json(compute="_compute_histogram")
    has_suggestion = fields.Boolean(string="Has suggestion", compute="_compute_histogram")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        device = self.env["iot.device"].browse(values.get("device_id"))
        if device:
            values.update((name, device[name]) for name in SETTINGS if name in fields_list)
        if self.env.context.get("suggest") and device:
            values["date_from"] = fields.Datetime.now() - SUGGESTED_OVER
            suggested = self.new(values)._suggestion()
            if suggested and suggested.standby_threshold_w is not None:
                values.update(_thresholds(suggested))
        return values

    @api.onchange("device_id")
    def _onchange_device_id(self):
        if not self.device_id:
            return
        self.update({name: self.device_id[name] for name in SETTINGS})
        found = self._suggestion() if self.env.context.get("suggest") else None
        if found and found.standby_threshold_w is not None:
            self.update(_thresholds(found))

    @api.depends("device_id", "date_from", "date_to", *SETTINGS)
    def _compute_preview(self):
        """``recorded`` and ``replayed``: lists of sessions as dicts of ``from``, ``to`` (ISO; null while it runs),
        ``working_s``, ``standby_s``, ``energy_kwh``, ``end_reason``, ``id`` (of the record, recorded ones only) and
        ``mark``: ``same``, ``changed``, ``gone`` (recorded ones only) or ``new`` (replayed ones only)."""
        for record in self:
            record.preview = {"recorded": [], "replayed": [], "samples": 0}
            record.problem = record._span_problem()
            if record.problem:
                continue
            try:
                config = record._config()
            except ConfigError as error:
                record.problem = record.device_id._told(error)
                continue
            record.preview = record._replayed(config)

    @api.depends("device_id", "date_from", "date_to")
    def _compute_histogram(self):
        """``bins``: ``[from W, below W, seconds]``, ``levels``: ``[W, seconds]``, ``standby_threshold_w`` and
        ``working_threshold_w`` (null where nothing can be suggested), ``start_threshold_w`` (null: as standby),
        ``min_off_gap_s``, and ``sessions``: how many they make of what was drawn."""
        for record in self:
            found = record._suggestion()
            record.has_suggestion = bool(found) and found.standby_threshold_w is not None
            record.histogram = {
                "bins": [list(each) for each in found.bins] if found else [],
                "levels": [list(each) for each in found.levels] if found else [],
                "standby_threshold_w": found.standby_threshold_w if found else None,
                "working_threshold_w": found.working_threshold_w if found else None,
                "start_threshold_w": found.start_threshold_w if found else None,
                "min_off_gap_s": found.min_off_gap_s if found else 0.0,
                "sessions": found.sessions if found else 0,
            }

    def action_suggest(self):
        """Take what is suggested over into the form."""
        self.ensure_one()
        found = self._suggestion()
        if not found or found.standby_threshold_w is None:
            raise UserError(
                self.env._("Nothing can be suggested: the machine was not seen both off and on in this time.")
            )
        self.write(_thresholds(found))
        return self._again()

    def action_apply(self):
        """Make these settings those of the machine."""
        self.ensure_one()
        self.device_id.write(
            {"session_strategy": "power_threshold", **{name: self[name] for name in SETTINGS}}
        )
        return {"type": "ir.actions.act_window_close"}

    def _config(self):
        settings = self.env["iot.device"].new({name: self[name] for name in SETTINGS})._session_settings()
        settings["message_timeout_s"] = settings["message_timeout_s"] or self.device_id._automatic_timeout()
        return SessionConfig(**settings)

    def _span_problem(self):
        """Why the span cannot be replayed, for people; ``False`` when it can."""
        if not (self.device_id and self.date_from and self.date_to):
            return self.env._("Choose a machine and a span of time.")
        if self.date_from >= self.date_to:
            return self.env._("The end has to lie after the start.")
        if power_log.count(self.env.cr, self.device_id._origin.id, *self._span()) > MOST_SAMPLES:
            return self.env._("There are too many messages in this time. Choose a shorter one.")
        return False

    def _span(self):
        return self.date_from.replace(tzinfo=timezone.utc), self.date_to.replace(tzinfo=timezone.utc)

    def _suggestion(self):
        if self._span_problem():
            return None
        device = self.device_id._origin
        timeout_s = self.message_timeout_s if self.message_timeout_s > 0 else device._automatic_timeout()
        holds = max(LONGEST_HOLD_S, timeout_s)
        return suggest(device._power_samples(*self._span()), longest_hold_s=holds, timeout_s=timeout_s)

    def _replayed(self, config):
        device = self.device_id._origin
        start, end = self._span()
        sessions = self.env["mqtt.session"].search(
            Domain("device_id", "=", device.id)
            & Domain("start_time", "<", self.date_to)
            & (Domain("end_time", "=", False) | Domain("end_time", ">", self.date_from)),
            order="start_time, id",
        )
        until = self._logged_until(end)
        seen = until.replace(tzinfo=None)
        sessions = sessions.filtered(lambda session: session.start_time < seen)
        begin = (
            min([start, *(session.start_time.replace(tzinfo=timezone.utc) for session in sessions[:1])])
            - LEAD
        )
        samples = device._power_samples(begin, until)
        replayed = [_outline(session) for session in replay(config, samples, until)]
        replayed = [each for each in replayed if each.end is None or each.end > self.date_from]
        # What goes on is compared as far as its power tells: more of the one is no difference of the other.
        told = [
            each.start + timedelta(seconds=each.working_s + each.standby_s)
            for each in replayed
            if not each.end
        ]
        recorded = [
            _recorded(session)
            if session.end_time and session.end_time <= seen
            else _recorded_until(session, min([seen, *told]))
            for session in sessions
        ]
        compare(recorded, replayed)
        return {
            "recorded": [_told(each) for each in recorded],
            "replayed": [_told(each) for each in replayed],
            "samples": len(samples),
        }

    def _logged_until(self, end):
        """Up to when the power log tells all of what was drawn: it is written a little later than sessions are."""
        state = (
            self.env["iot.session.state"].sudo().search_fetch([("device_id", "=", self.device_id._origin.id)])
        )
        now = fields.Datetime.now()
        if state.last_at and (not state.logged_at or state.logged_at < state.last_at):
            now = state.logged_at or now
        return min(end, now.replace(tzinfo=timezone.utc))

    def _again(self):
        suggests = bool(self.env.context.get("suggest"))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Suggest thresholds") if suggests else self.env._("What if"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large", "suggest": suggests},
        }


def _thresholds(suggested):
    """The settings that a suggestion is about; those that would contradict it give way."""
    return {
        "standby_threshold_w": suggested.standby_threshold_w,
        "working_threshold_w": suggested.working_threshold_w,
        "start_threshold_w": suggested.start_threshold_w or 0.0,
        "stop_threshold_w": 0.0,
        "working_stop_threshold_w": 0.0,
        "min_off_gap_s": suggested.min_off_gap_s,
    }


def _recorded(session):
    return Outline(
        session.start_time,
        session.end_time or None,
        session.working_duration_s,
        session.standby_duration_s,
        session.energy_kwh,
        session.end_reason or None,
        session.id,
    )


def _recorded_until(session, moment):
    """A session that goes on after `moment`, as it was by then."""
    seconds = dict.fromkeys(("working", "standby"), 0.0)
    for low, high, phase in session._counted_segments(moment):
        if phase in seconds:
            seconds[phase] += (high - low).total_seconds()
    return Outline(
        session.start_time,
        None,
        seconds["working"],
        seconds["standby"],
        session.energy_kwh,
        None,
        session.id,
    )


def _outline(session):
    return Outline(
        session.start_at.replace(tzinfo=None),
        session.end_at and session.end_at.replace(tzinfo=None),
        session.working_s,
        session.standby_s,
        session.energy_wh / 1000,
        session.end_reason and session.end_reason.value,
    )


def _told(outline):
    told = {
        "from": iso(outline.start),
        "to": outline.end and iso(outline.end),
        "working_s": outline.working_s,
        "standby_s": outline.standby_s,
        "energy_kwh": outline.energy_kwh,
        "end_reason": outline.end_reason,
        "mark": outline.mark,
    }
    return {**told, "id": outline.record_id} if outline.record_id else told
