from datetime import datetime, timezone
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import TransactionCase, tagged

from fusion_iot_core.protocol import SOURCES, IngestBatch, Measurement, Source


@tagged("post_install", "-at_install")
class TestIngest(TransactionCase):
    def test_what_nobody_takes_is_unknown(self):
        measurements = [
            Measurement(device="nobody's", value=1.0),
            Measurement(device="x", serial="y", value=None),
        ]
        report = self.env["iot.ingest"].ingest(measurements, source="http")
        self.assertEqual((report.accepted, report.duplicates), (0, 0))
        self.assertEqual([item.device for item in report.unknown], ["nobody's", "y"])

    def test_an_empty_batch_is_no_trouble(self):
        report = self.env["iot.ingest"].ingest([], source="http")
        self.assertEqual((report.accepted, report.duplicates, report.rejected), (0, 0, ()))

    def test_it_cannot_be_called_from_outside(self):
        for name in ("ingest", "_ingest_batch", "_take", "_leave_unclaimed"):
            with self.assertRaises(AccessError):
                get_public_method(self.env["iot.ingest"], name)

    def test_a_source_that_nobody_brings_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, "'opcua' is not a source of measurements.*http, api, mqtt, box"
        ):
            self.env["iot.ingest"].ingest([], source="opcua")

    def test_an_addon_brings_a_source(self):
        Ingest = self.env["iot.ingest"]
        sources = {**SOURCES, "opcua": Source("opcua", "OPC UA")}
        with patch.object(self.registry["iot.ingest"], "_sources", lambda self: sources):
            self.assertEqual(Ingest.ingest([], source="opcua").accepted, 0)
            self.assertIn(("opcua", "OPC UA"), Ingest._select_source())

    def test_the_caller_says_when_it_was_received(self):
        at = datetime(2026, 1, 1, tzinfo=timezone.utc)
        batch = IngestBatch([Measurement(device="a", value=1.0)], SOURCES["http"], at)
        batch.accept(0)
        report = self.env["iot.ingest"]._ingest_batch(batch)
        self.assertEqual((report.accepted, batch.received_at), (1, at))
