from itertools import pairwise

from markupsafe import Markup
from odoo import models
from odoo.exceptions import UserError

from ..engine import hand
from ..engine.billing import bill
from ..engine.columns import iso
from ..engine.segments import working_time
from ..engine.session_table import read_rates


class MqttSession(models.Model):
    """What people correct of sessions. The chatter keeps what was before."""

    _inherit = "mqtt.session"  # pylint: disable=consider-merging-classes-inherited

    def action_force_end(self):
        """End running sessions now, or where power went if it is away, whatever their meters say."""
        self.check_access("write")
        running = self.filtered(lambda session: session.status == "running")
        if not running:
            raise UserError(self.env._("There is nothing to end: no session is running."))
        hand.handle(self.env, running.device_id.ids, hand.stop)
        # What turns out to have been no session is gone.
        for session in running.exists():
            if session.status == "running":
                session._end_lost()
            session.message_post(body=self.env._("Ended by force."))
        return True

    def _end_lost(self):
        """End a session that the detector knows nothing of, with its last message."""
        end = self.last_message_time or self.start_time
        self.sudo().write(
            {"status": "completed", "current_state": "idle", "end_reason": "manual", "end_time": end}
        )
        self._bill()
        self.sudo()._on_ended()

    def _bill(self):
        """Work out what completed sessions cost by the rates of now."""
        rates = read_rates(self.env.cr, set(self.device_id.ids))
        for session in self.sudo():
            prices, currency_id = rates[session.device_id.id]
            units = bill(prices, session.standby_duration_s, session.working_duration_s, session.energy_kwh)
            session.write({**units._asdict(), "currency_id": currency_id})

    def action_merge(self):
        """Make one of completed sessions of a machine that follow each other; what lies between them is standby.

        The earliest takes the others in. Those are archived.
        """
        self.check_access("write")
        self._check_not_billed()
        # A call from outside may name one session twice; merged with itself, it would count double.
        parts = (self | self).sorted(lambda session: (session.start_time, session.id))
        parts._check_mergeable()
        first, last, others = parts[0], parts[-1], parts[1:]
        gaps = [
            (before, after, max(0.0, (after.start_time - before.end_time).total_seconds()))
            for before, after in pairwise(parts)
        ]
        history = list(first.state_history or [])
        for before, after, _gap in gaps:
            history += [[iso(before.end_time), "standby"], *(after.state_history or [])]
        standby = sum(parts.mapped("standby_duration_s")) + sum(gap for *_, gap in gaps)
        working = sum(parts.mapped("working_duration_s"))
        first.sudo().write(
            {
                "end_time": last.end_time,
                "end_power_w": last.end_power_w,
                "current_power_w": last.current_power_w,
                "peak_power_w": max(parts.mapped("peak_power_w")),
                "energy_kwh": sum(parts.mapped("energy_kwh")),
                "energy_source": _one_source(parts),
                "by_hand": any(parts.mapped("by_hand")),
                "standby_duration_s": standby,
                "working_duration_s": working,
                "total_duration_s": standby + working,
                "last_message_time": last.last_message_time,
                "end_reason": last.end_reason,
                "state_history": history,
            }
        )
        others.sudo().write({"active": False, "merged_into_id": first.id})
        first._bill()
        names = Markup(", ").join(other._get_html_link() for other in others)
        first.message_post(body=self.env._("Merged with: %s.", names))
        for other in others:
            other.message_post(body=self.env._("Merged into %s.", first._get_html_link()))
        return first._open()

    def _check_mergeable(self):
        if len(self) < 2:
            raise UserError(self.env._("Choose at least two sessions to merge."))
        if len(self.device_id) > 1:
            raise UserError(self.env._("Only sessions of one machine can be merged."))
        if self.filtered(lambda session: session.status != "completed" or not session.active):
            raise UserError(self.env._("Only completed sessions that are not archived can be merged."))
        between = self.env["mqtt.session"].search_count(
            [
                ("device_id", "=", self.device_id.id),
                ("id", "not in", self.ids),
                ("start_time", ">=", self[0].start_time),
                ("start_time", "<", self[-1].start_time),
            ]
        )
        if between:
            raise UserError(self.env._("Other sessions lie between these. Choose them, too."))

    def action_correct(self):
        """Open the dialog that corrects times and energy."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct session"),
            "res_model": "mqtt.session.correction",
            "view_mode": "form",
            "target": "new",
            "context": {"default_session_id": self.id},
        }

    def _correct(self, start, end, working, total, energy_kwh, *, phases, reason):
        """Have a completed session be what a person says. The chatter tracks what was before, and why.

        :param start: naive UTC, as ``end``
        :param working: seconds, at most ``total``; the rest is standby
        :param phases: what the machine did from ``start`` to ``end`` (see `counted`); ``None`` as it is known
        """
        self.ensure_one()
        self.check_access("write")
        self._check_not_billed()
        if self.status != "completed" or not self.active:
            raise UserError(self.env._("Only a completed session can be corrected."))
        known = (self.start_time, self.end_time, self.working_duration_s, self.energy_kwh)
        if (start, end, working, energy_kwh) == known:
            raise UserError(self.env._("There is nothing to correct: nothing is changed."))
        self._check_free(start, end)
        # Tracking must not depend on what the caller's context says.
        session = self.sudo().with_context(tracking_disable=False, mail_notrack=False)
        told = self.env._(
            "Corrected by hand: %(reason)s (Before: %(before)s)", reason=reason, before=self._amounts()
        )
        session._track_set_log_message(told)
        values = {**_parts(total - working, working), "start_time": start, "end_time": end, "by_hand": True}
        if energy_kwh != self.energy_kwh:
            values |= {"energy_kwh": energy_kwh, "energy_source": "manual"}
        if phases is not None:
            values["state_history"] = [[iso(low), phase] for low, _high, phase in phases]
        session.write(values)
        session._bill()

    def action_split(self):
        """Open the dialog that asks where to split."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Split session"),
            "res_model": "mqtt.session.split",
            "view_mode": "form",
            "target": "new",
            "context": {"default_session_id": self.id},
        }

    def _split_at(self, moment):
        """Make two of a completed session.

        Time is shared by its history; energy by the power log, where that is gone by time.

        :param moment: naive UTC, between its start and its end
        :return: the later one
        """
        self.ensure_one()
        self.check_access("write")
        self._check_not_billed()
        if self.status != "completed" or not self.active:
            raise UserError(self.env._("Only a completed session can be split."))
        if not self.start_time < moment < self.end_time:
            raise UserError(self.env._("Split between the start and the end of the session."))
        whole = self._counted_segments()
        working = min(working_time(whole, moment), self.working_duration_s)
        elapsed = (moment - whole[0][0]).total_seconds()
        standby = min(max(0.0, elapsed - working), self.standby_duration_s)
        before, after, share = self._power_shares(moment)
        phase = next(phase for low, high, phase in whole if low <= moment < high)
        cut = iso(moment)
        history = self.state_history or []
        later = self.sudo().copy(
            {
                **_parts(self.standby_duration_s - standby, self.working_duration_s - working),
                "device_id": self.device_id.id,
                "by_hand": self.by_hand,
                "status": "completed",
                "start_time": moment,
                "start_power_w": after["start"],
                "peak_power_w": after["peak"],
                "energy_kwh": self.energy_kwh * (1 - share),
                "state_history": [[cut, phase], *(entry for entry in history if entry[0] > cut)],
            }
        )
        self.sudo().write(
            {
                **_parts(standby, working),
                "end_time": moment,
                "end_power_w": after["start"],
                "current_power_w": after["start"],
                "peak_power_w": before["peak"],
                "energy_kwh": self.energy_kwh * share,
                "last_message_time": moment,
                "end_reason": "manual",
                "state_history": [entry for entry in history if entry[0] <= cut],
            }
        )
        self._bill()
        later._made_by_hand()
        self.message_post(body=self.env._("Split: the later part is %s.", later._get_html_link()))
        later.message_post(body=self.env._("Split off from %s.", self._get_html_link()))
        return later

    def _power_shares(self, moment):
        """Peak and first power before and after ``moment``, and the share of the energy before it."""
        samples = self._samples(self.start_time, self.end_time)
        points = [
            (sample.at.replace(tzinfo=None), sample.power_w)
            for sample in samples
            if sample.power_w is not None
        ]
        known = {"start": self.start_power_w, "peak": self.peak_power_w}
        time_share = (moment - self.start_time) / (self.end_time - self.start_time)
        if not points:
            return known, known, time_share
        energies = [0.0, 0.0]
        peaks = [0.0, 0.0]
        held = points[0][1]
        for (at, power_w), (until, _power) in pairwise([*points, (self.end_time, 0.0)]):
            early = max(0.0, (min(until, moment) - at).total_seconds())
            energies[0] += power_w * early
            energies[1] += power_w * (max(0.0, (until - at).total_seconds()) - early)
            peaks[at >= moment] = max(peaks[at >= moment], power_w)
            held = power_w if at <= moment else held
        total = sum(energies)
        return (
            {"start": self.start_power_w, "peak": peaks[0]},
            {"start": held, "peak": max(peaks[1], held)},
            energies[0] / total if total else time_share,
        )

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }


def _one_source(sessions):
    """What the energy of several sessions is taken from."""
    sources = set(sessions.mapped("energy_source"))
    return sources.pop() if len(sources) == 1 else "partly"


def _parts(standby, working):
    standby, working = max(0.0, standby), max(0.0, working)
    return {
        "standby_duration_s": standby,
        "working_duration_s": working,
        "total_duration_s": standby + working,
    }
