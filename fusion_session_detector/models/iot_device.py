import json
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from fusion_iot_core.detector import ConfigError, SessionConfig, timeout_for

from ..engine.sample_channels import choose

STRATEGIES = [("none", "No sessions"), ("power_threshold", "Power thresholds")]
SETTINGS = tuple(SessionConfig().to_dict())
# Settings that follow another one where they are 0 in the form.
_FOLLOWING = ("start_threshold_w", "stop_threshold_w", "working_stop_threshold_w")
_NAME = re.compile("|".join(SETTINGS))
_DEFAULTS = {**SessionConfig().to_dict(), "message_timeout_s": 0.0}


def _watts(name, label, help_text):
    return fields.Float(string=f"{label} (W)", default=_DEFAULTS[name] or 0.0, tracking=True, help=help_text)


def _seconds(name, label, help_text):
    return fields.Float(string=f"{label} (s)", default=_DEFAULTS[name], tracking=True, help=help_text)


def _watt_hours(name, label, help_text):
    return fields.Float(string=f"{label} (Wh)", default=_DEFAULTS[name], tracking=True, help=help_text)


class IotDevice(models.Model):
    _inherit = "iot.device"

    session_strategy = fields.Selection(
        STRATEGIES,
        string="Session strategy",
        required=True,
        default="none",
        tracking=True,
        help="How sessions are made of what the device measures.",
    )
    session_channel = fields.Char(
        string="Power channel",
        tracking=True,
        help="Which of the device's channels measures the machine: switch:0, ENERGY. Left empty, the only one that "
        "measures power, or the total of all phases.",
    )
    session_power_channels = fields.Char(
        string="Channels with power",
        compute="_compute_session_power_channels",
        help="What it has reported so far.",
    )
    session_channel_problem = fields.Char(
        string="Session channel problem", compute="_compute_session_channel_problem"
    )
    standby_threshold_w = _watts(
        "standby_threshold_w",
        "Standby from",
        "From here on the machine is on. Above what it draws when it is off.",
    )
    working_threshold_w = _watts(
        "working_threshold_w",
        "Working from",
        "From here on it works. Equal to the other threshold for a machine that has no standby.",
    )
    start_threshold_w = _watts(
        "start_threshold_w",
        "Session starts from",
        "Where it takes more to begin a session than to keep it going: a washer that waits for its delayed start. "
        "0: as standby.",
    )
    stop_threshold_w = _watts(
        "stop_threshold_w",
        "Off below",
        "Lower than standby for a machine whose draw dances around that. Has to lie above what it draws when off. "
        "0: as standby.",
    )
    working_stop_threshold_w = _watts(
        "working_stop_threshold_w",
        "Work ends below",
        "Lower than working for a machine whose draw dances around that. 0: as working.",
    )
    start_debounce_s = _seconds(
        "start_debounce_s",
        "Certain start after",
        "Power that does not last as long begins no session. The session counts from where power came.",
    )
    stop_debounce_s = _seconds(
        "stop_debounce_s",
        "Certain end after",
        "Power that comes back sooner has not been away. The session counts to where power went.",
    )
    message_timeout_s = _seconds(
        "message_timeout_s",
        "Silent after",
        "A meter that says nothing for longer ends the session with its last message. 0: as the device's own "
        "reporting interval demands, at least 150 s; 65 minutes for a device that reports on change (interval 0), "
        "whose session ends when it is said to be offline.",
    )
    start_energy_wh = _watt_hours(
        "start_energy_wh",
        "Start needs",
        "Power that lasts but amounts to less begins no session: a pump that runs on. 0: no such gate.",
    )
    min_off_gap_s = _seconds(
        "min_off_gap_s",
        "Join across pauses of",
        "Cycles with pauses: sessions with less than this between them are one, the pause is standby. 0: off.",
    )
    resume_debounce_s = _seconds(
        "resume_debounce_s",
        "Return counts after",
        "Bursts after the end, as of a drum that turns now and then: shorter ones do not prolong a session. 0: off.",
    )
    resume_energy_wh = _watt_hours(
        "resume_energy_wh", "Return needs", "Bursts that amount to less do not prolong a session. 0: off."
    )
    false_zero_s = _seconds(
        "false_zero_s",
        "Ignore zeros of",
        "For meters that say 0 W between two true values: zeros that last less have not been said. 0: off.",
    )
    heartbeat_interval_s = _seconds(
        "heartbeat_interval_s",
        "Tell others every",
        "How often a running session is told of on the bus. 0: never.",
    )
    strategy_config = fields.Text(
        string="Settings as JSON",
        compute="_compute_strategy_config",
        inverse="_inverse_strategy_config",
        help="The same settings for programs, in seconds, W and Wh. What is missing in it is set to its default.",
    )

    @api.depends(*SETTINGS)
    def _compute_strategy_config(self):
        for device in self:
            device.strategy_config = json.dumps(device._session_settings(), indent=2)

    def _inverse_strategy_config(self):
        for device in self:
            device.write(device._read_strategy_config(device.strategy_config))

    def _read_strategy_config(self, text):
        """The fields that a JSON text stands for."""
        try:
            settings = json.loads(text or "{}")
        except ValueError as error:
            raise ValidationError(
                self.env._("%(device)s: the settings are no JSON: %(error)s.", device=self.name, error=error)
            ) from error
        if not isinstance(settings, dict):
            raise ValidationError(self.env._("%s: the settings have to be a JSON object, {...}.", self.name))
        automatic = "message_timeout_s" in settings and settings["message_timeout_s"] in (0, None)
        try:
            config = SessionConfig.from_dict(
                {**settings, **({"message_timeout_s": 150.0} if automatic else {})}
            )
        except ConfigError as error:
            raise ValidationError(self._told(error)) from error
        values = {name: value or 0.0 for name, value in config.to_dict().items()}
        if automatic or "message_timeout_s" not in settings:
            values["message_timeout_s"] = 0.0
        return values

    def _session_settings(self):
        """The settings under the names of :class:`SessionConfig`, as they are in the form."""
        return {name: None if name in _FOLLOWING and not self[name] else self[name] for name in SETTINGS}

    def _session_config(self):
        """The settings as the detector takes them; raises :class:`ConfigError`."""
        self.ensure_one()
        settings = self._session_settings()
        settings["message_timeout_s"] = settings["message_timeout_s"] or self._automatic_timeout()
        return SessionConfig(**settings)

    def _automatic_timeout(self):
        """How long this device may be silent, by how often it reports, in seconds."""
        return timeout_for(self.expected_interval)

    @api.constrains("session_strategy", *SETTINGS)
    def _check_session_config(self):
        for device in self:
            if device.session_strategy == "none":
                continue
            try:
                device._session_config()
            except ConfigError as error:
                raise ValidationError(device._told(error)) from error

    def _told(self, error):
        """What is wrong with settings, in the words of the form."""
        follow = [name for name, _text in error.problems if name in _FOLLOWING and not self[name]]
        problems = [each for each in error.problems if each[0] not in follow] or error.problems
        lines = [
            f"{self._session_label(name)} {_NAME.sub(self._session_named, text)}" for name, text in problems
        ]
        return "\n".join([self.env._("%s: these settings make no session.", self.name), *lines])

    def _session_named(self, match):
        return self._session_label(match[0])

    def _session_label(self, name):
        field = self._fields.get(name)
        return f"{field._description_string(self.env)} [{name}]" if field and name in SETTINGS else name

    @api.constrains("session_strategy", "session_channel")
    def _check_session_channel(self):
        for device in self:
            if device.session_strategy != "none" and device.session_channel_problem:
                raise ValidationError(
                    self.env._(
                        "%(device)s: %(problem)s", device=device.name, problem=device.session_channel_problem
                    )
                )

    @api.depends("session_channel", "channel_ids.quantity", "channel_ids.channel")
    def _compute_session_channel_problem(self):
        for device in self:
            channels = device._power_channels()
            wanted = device.session_channel or ""
            listed = ", ".join(channels)
            device.session_channel_problem = False
            if wanted and channels and wanted not in channels:
                device.session_channel_problem = self.env._(
                    "it has not reported power on the channel %(wanted)s, but on: %(listed)s.",
                    wanted=wanted,
                    listed=listed,
                )
            elif not wanted and channels and choose(channels) is None:
                device.session_channel_problem = self.env._(
                    "it measures power on several channels: %s. Say which one is the machine's.", listed
                )

    @api.depends("channel_ids.quantity", "channel_ids.channel")
    def _compute_session_power_channels(self):
        for device in self:
            device.session_power_channels = ", ".join(device._power_channels())

    def _power_channels(self):
        """The channels that have reported power."""
        channels = self.channel_ids.filtered(lambda channel: channel.quantity == "power")
        return sorted({channel.channel or "" for channel in channels})
