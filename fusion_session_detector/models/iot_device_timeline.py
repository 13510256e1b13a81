from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine.columns import iso
from ..engine.moments import parse_moment

MOST_DAYS = 31


class IotDevice(models.Model):
    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def session_timeline(self, day_from, day_to):
        """What machines did, for the timeline. Three queries, however many machines there are.

        :param day_from: first moment, ISO 8601 or Odoo's text, UTC
        :param day_to: last moment; what is running is drawn up to it
        :return: dict of ``machines``: list of ``id``, ``name`` and ``segments`` (``[from, to, phase, session id]``,
            times in ISO 8601 UTC, in order of time, phases as they count; no ``to`` where it goes on)
        """
        start, end = self._timeline_span(day_from, day_to)
        now = fields.Datetime.now()
        sessions = self.env["mqtt.session"].search_fetch(
            Domain("start_time", "<", end)
            & (Domain("end_time", "=", False) | Domain("end_time", ">", start)),
            ["device_id", "start_time", "end_time", "state_history", "total_duration_s"],
            order="device_id, start_time, id",
        )
        drawn = {}
        for session in sessions:
            until = min(session.end_time or now, end)
            of_machine = drawn.setdefault(session.device_id.id, [])
            of_machine.extend(
                [iso(low), iso(high), phase, session.id]
                for low, high, phase in session._counted_segments(end)
                if high > start
            )
            if of_machine and not session.end_time and until < end:
                of_machine[-1][1] = None
        devices = self.search_fetch(
            Domain("session_strategy", "!=", "none") | Domain("id", "in", list(drawn)), ["name"]
        )
        machines = [
            {"id": device.id, "name": device.name, "segments": drawn.get(device.id, [])} for device in devices
        ]
        return {"machines": machines}

    @api.model
    def _timeline_span(self, day_from, day_to):
        try:
            start, end = parse_moment(day_from), parse_moment(day_to)
        except ValueError as error:
            raise UserError(self.env._("This is no time: %s", error)) from error
        if not start < end or (end - start).days > MOST_DAYS:
            raise UserError(
                self.env._("A timeline has an end after its start, and %s days at most.", MOST_DAYS)
            )
        return start, end
