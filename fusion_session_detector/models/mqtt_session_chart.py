from datetime import timedelta, timezone

from odoo import api, fields, models

from ..engine.columns import iso
from ..engine.thinning import thin

MOST_POINTS = 2000
LEAST_MARGIN = timedelta(minutes=1)
MARGIN = 0.05


class MqttSession(models.Model):
    _inherit = "mqtt.session"

    @api.model
    def session_chart(self, session_id):
        """What the chart of a session draws.

        :param session_id: id of the record
        :return: dict of ``samples`` (``[iso, W]``, each holds until the next; from a little before to a little after
            the session, at most 2,000 of them), ``states`` (``[from, to, phase]``, as they count), ``thresholds``
            (``standby_threshold_w``, ``working_threshold_w``, as they are now) and ``alerts`` of the machine, see
            ``_alert_marks``
        """
        session = self.browse(session_id)
        session.check_access("read")
        end = session.end_time or fields.Datetime.now()
        margin = max(LEAST_MARGIN, (end - session.start_time) * MARGIN)
        span = (session.start_time - margin, end + margin)
        samples = session._samples(*span)
        points = [(sample.at, sample.power_w + 0.0) for sample in samples if sample.power_w is not None]
        device = session.device_id
        return {
            "samples": [[iso(at), power_w] for at, power_w in thin(points, MOST_POINTS)],
            "states": [[iso(low), iso(high), phase] for low, high, phase in session._counted_segments()],
            "thresholds": {
                "standby_threshold_w": device.standby_threshold_w,
                "working_threshold_w": device.working_threshold_w,
            },
            "alerts": device._alert_marks(*span)[device.id],
        }

    def _samples(self, start, end):
        """What the machine drew between two naive UTC times."""
        return self.device_id._power_samples(
            start.replace(tzinfo=timezone.utc), end.replace(tzinfo=timezone.utc)
        )
