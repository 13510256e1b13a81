from collections.abc import Sequence
from datetime import datetime, timezone

from odoo import api, models

from fusion_iot_core.protocol import IngestBatch, IngestReport, Measurement


class IotIngest(models.AbstractModel):
    """The one way in for measurements, whatever transport brought them.

    Domain addons extend :meth:`_take` and work on the batch as a set: a constant number of queries,
    however many measurements it has.
    """

    _name = "iot.ingest"
    _description = "Measurement Ingest"

    @api.private
    def ingest(
        self,
        measurements: Sequence[Measurement],
        source: str,
        received_at: datetime | None = None,
    ) -> IngestReport:
        """Take a batch of measurements in the caller's transaction.

        :param measurements: any number, in any order
        :param source: the transport (``http``, ``mqtt``, ``box``, ``manual``, …)
        :param received_at: aware UTC time of receipt; now by default
        :returns: what became of each; nothing is committed
        """
        return self._ingest_batch(
            IngestBatch(measurements, source, received_at or datetime.now(timezone.utc))
        )

    def _ingest_batch(self, batch: IngestBatch) -> IngestReport:
        ingest = self.sudo()
        ingest._take(batch)
        ingest._leave_unclaimed(batch)
        return batch.report()

    def _take(self, batch: IngestBatch) -> None:
        """Take what concerns this domain and give it a verdict. Extend, and call ``super()``."""

    def _leave_unclaimed(self, batch: IngestBatch) -> None:
        """Look at what nobody took. Extend, and call ``super()``."""
