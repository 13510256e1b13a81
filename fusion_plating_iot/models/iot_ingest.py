import logging

from odoo import models

from fusion_iot_core.throttle import Throttle

from ..ingest import AMBIGUOUS, candidates, judge_batch, late_excursions, lock_sensors, store

_logger = logging.getLogger(__name__)
_told = Throttle(interval=60.0)


class IotIngest(models.AbstractModel):
    _inherit = "iot.ingest"

    def _take(self, batch):
        """Take the measurements of tank sensors: judge, store, and hold the tanks that left their limits.

        Three queries in the steady state, whatever the size of the batch; two more where readings are late.
        """
        super()._take(batch)
        measurements = candidates(batch)
        if not measurements:
            return
        self.env.flush_all()
        cr = self.env.cr
        sensors = lock_sensors(cr, [measurement for _index, measurement in measurements])
        if not sensors:
            return
        judged = judge_batch(cr, batch, measurements, sensors)
        self._tell_ambiguous(batch)
        late = store(cr, judged, None if batch.source.from_device else self.env.uid)
        self.env.invalidate_all(flush=False)
        holds = self.env["fusion.plating.quality.hold"]
        events = [(item.sensor, event) for item in judged.sensors for event in item.events]
        holds._follow_excursions(events, late_excursions(cr, late))
        self._nudge_screens(judged, bool(events))

    def _tell_ambiguous(self, batch):
        for serial in batch.rejected_as(AMBIGUOUS):
            if _told.due((self.env.cr.dbname, serial)):
                _logger.warning(
                    "Readings of %s are refused: several companies have a sensor for them, and nothing says whose they "
                    "are. Set the company of the connection or device that reports them.",
                    serial,
                )

    def _nudge_screens(self, judged, urgent):
        tank_ids = sorted({item.sensor.tank_id for item in judged.sensors if item.readings})
        if tank_ids:
            kinds = ("hold", "reading") if urgent else ("reading",)
            self.env["iot.nudge"]._nudge(
                "fusion_plating.group_plating_operator", kinds, {"tank_ids": tank_ids}
            )
