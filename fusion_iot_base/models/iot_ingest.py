from collections.abc import Sequence
from datetime import datetime, timezone

from odoo import api, models

from fusion_iot_core.protocol import SOURCES, IngestBatch, IngestReport, Measurement, Source


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
        :param source: name of one of :meth:`_sources` (``http``, ``mqtt``, ``box``, …)
        :param received_at: aware UTC time of receipt; now by default
        :returns: what became of each; nothing is committed
        """
        received_at = received_at or datetime.now(timezone.utc)
        return self._ingest_batch(IngestBatch(measurements, self._source(source), received_at))

    def _ingest_batch(self, batch: IngestBatch) -> IngestReport:
        ingest = self.sudo()
        ingest._take(batch)
        ingest._leave_unclaimed(batch)
        return batch.report()

    @api.model
    def _sources(self) -> dict[str, Source]:
        """Where measurements can come from, by name. An addon that brings a transport extends it::

        def _sources(self):
            return super()._sources() | {"opcua": Source("opcua", self.env._("OPC UA"))}
        """
        return dict(SOURCES)

    @api.model
    def _source(self, name: str) -> Source:
        """The source of that name; raises :class:`ValueError` where there is none."""
        sources = self._sources()
        if name not in sources:
            raise ValueError(f"{name!r} is not a source of measurements. There are: {', '.join(sources)}.")
        return sources[name]

    @api.model
    def _select_source(self) -> list[tuple[str, str]]:
        """The choices of a selection field that says where a measurement came from."""
        return [(source.name, source.label) for source in self._sources().values()]

    def _take(self, batch: IngestBatch) -> None:
        """Take what concerns this domain and give it a verdict. Extend, and call ``super()``."""

    def _leave_unclaimed(self, batch: IngestBatch) -> None:
        """Look at what nobody took. Extend, and call ``super()``."""
