import logging
from datetime import timedelta, timezone

from odoo import api, models
from odoo.tools import formatLang

from fusion_iot_core.detector import ConfigError, SessionConfig, SessionEnded, SessionState, advance, tick

from ..duration_text import duration_text
from ..engine import power_log
from ..engine.hand import database_uuid
from ..engine.machine import Machine
from ..engine.session_rows import session_rows
from ..engine.session_table import source_of

_logger = logging.getLogger(__name__)

LEAD = timedelta(minutes=5)
MOST_SAMPLES = 1_000_000
_TOLERANCE_S = 0.5
_TOLERANCE_KWH = 0.001


class MqttSession(models.Model):
    """Sessions worked out again from the power that is still stored, where the way they are worked out has changed."""

    _inherit = "mqtt.session"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _recompute_from_power(self):
        """Work completed sessions out again, as far as their power is kept and gives the same start and end.

        What was merged, split, corrected, billed or ended otherwise than by the meter stays as it is. Where durations
        or energy change, the session is billed anew by its machine's rates, and its chatter says what it was.

        :return: how many were worked out again, how many of them changed, and how many stayed as they were
        """
        done = changed = 0
        merged = self.with_context(active_test=False).search([("merged_into_id", "!=", False)]).merged_into_id
        self.env.cr.execute(
            "SELECT device_id, min(from_at) FROM iot_power_log GROUP BY device_id ORDER BY device_id"
        )
        kept = self.env.cr.fetchall()
        for device_id, oldest in kept:
            sessions = self.search(
                [("device_id", "=", device_id), ("status", "=", "completed"), ("start_time", ">=", oldest)],
                order="start_time, id",
            )
            for session in sessions - merged:
                if session.by_hand or session._is_billed():
                    continue
                found = session._found_again()
                if found:
                    done += 1
                    changed += session._take_over(*found)
        left = self.search_count([("status", "=", "completed")]) - done
        _logger.info(
            "%s sessions were worked out again from their power, %s of them changed; %s stayed as they were: their "
            "power is not kept any more, or a person has corrected them.",
            done,
            changed,
            left,
        )
        return done, changed, left

    def _found_again(self):
        """This session as the detector finds it now, and its history; `None` when it does not."""
        self.ensure_one()
        device = self.device_id
        try:
            config = SessionConfig(**{**device._session_config().to_dict(), "heartbeat_interval_s": 0.0})
        except ConfigError:
            return None
        start = self.start_time.replace(tzinfo=timezone.utc) - LEAD
        settled = self.end_time.replace(tzinfo=timezone.utc) + config.stop_wait + config.false_zero
        if power_log.count(self.env.cr, device.id, start, settled) > MOST_SAMPLES:
            return None
        state, events = advance(SessionState(), config, device._power_samples(start, settled))
        state, late = tick(state, config, settled + config.timeout + LEAD)
        events += late
        for number, event in enumerate(events):
            if not isinstance(event, SessionEnded):
                continue
            session = event.session
            moments = session.start_at.replace(tzinfo=None), session.end_at.replace(tzinfo=None)
            if tuple(moment.replace(microsecond=0) for moment in moments) == (self.start_time, self.end_time):
                row = session_rows(_machine(device, config), events[: number + 1], database_uuid(self.env))[
                    -1
                ]
                return session, row.history
        return None

    def _take_over(self, found, history):
        """Have this session be what was found.

        :return: whether its durations or energy are others now
        """
        before = self._amounts()
        energy_kwh = found.energy_wh / 1000
        differs = (
            abs(self.standby_duration_s - found.standby_s) > _TOLERANCE_S
            or abs(self.working_duration_s - found.working_s) > _TOLERANCE_S
            or abs(self.energy_kwh - energy_kwh) > _TOLERANCE_KWH
        )
        values = {"energy_source": source_of(found), "state_history": history}
        if differs:
            values |= {
                "standby_duration_s": found.standby_s,
                "working_duration_s": found.working_s,
                "total_duration_s": found.total_s,
                "energy_kwh": energy_kwh,
                "peak_power_w": found.peak_power_w,
            }
        # The note below says what it was.
        quiet = self.with_context(mail_notrack=True)
        quiet.sudo().write(values)
        if differs:
            quiet._bill()
            self.message_post(
                body=self.env._(
                    "Worked out again from the stored power. Before: %(before)s. Now: %(now)s.",
                    before=before,
                    now=self._amounts(),
                )
            )
        return differs

    def _amounts(self):
        """Durations, energy and amount, in words."""
        return self.env._(
            "working %(working)s, standby %(standby)s, %(energy)s kWh, %(amount)s",
            working=duration_text(self.env, self.working_duration_s),
            standby=duration_text(self.env, self.standby_duration_s),
            energy=formatLang(self.env, self.energy_kwh, digits=3),
            amount=formatLang(self.env, self.amount, digits=2, currency_obj=self.currency_id),
        )


def _machine(device, config):
    """The machine as one that is not running."""
    return Machine(device.id, device.identifier, config, None, (), None, SessionState(), 0, None, None, None)
