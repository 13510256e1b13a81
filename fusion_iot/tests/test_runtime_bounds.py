from datetime import datetime, timezone
from types import SimpleNamespace

from odoo.tests import BaseCase

from fusion_iot_core.mqtt.message_log import ROOM, MessageLog
from fusion_iot_core.mqtt.meter import Meter
from fusion_iot_core.mqtt.stale import Stale
from fusion_iot_core.mqtt.too_fast import READINGS_A_SECOND, TooFast
from fusion_iot_core.mqtt.too_fast import ROOM as ROOM_OF_A_PROBE
from fusion_iot_core.protocol import Measurement

from .runtime_common import inbound


class TestTooFast(BaseCase):
    def setUp(self):
        super().setUp()
        self.too_fast = TooFast()

    def kept(self, count, at, channel="a"):
        item = Measurement("kiln", 20.0, "temperature", "°C", channel=channel)
        return len(self.too_fast.sample([item] * count, at))

    def test_a_backlog_counts_a_flood_is_sampled(self):
        self.assertEqual(self.kept(1_500, 0.0), 1_500)
        self.assertEqual(self.kept(10_000, 0.0), 500)
        self.assertEqual(self.kept(10_000, 1.0), READINGS_A_SECOND)
        self.assertEqual(self.kept(100, 1.0, "b"), 100, "another probe")
        self.assertEqual(self.too_fast.count, 9_500 + 10_000 - READINGS_A_SECOND)

    def test_a_probe_is_the_same_one_on_every_topic(self):
        kept = 0
        for number in range(5_000):
            item = Measurement(f"device{number % 50}", 20.0, "temperature", "°C", serial="28-0000000000aa")
            kept += len(self.too_fast.sample([item], 0.0))
        self.assertEqual(kept, ROOM_OF_A_PROBE)

    def test_ten_a_second_for_ever(self):
        for tenth in range(30_000):
            self.assertEqual(self.kept(1, tenth / 10), 1)

    def test_a_clock_that_is_set_back_stops_nobody(self):
        self.kept(1, 1_000.0)
        self.assertEqual(self.kept(100, 0.0), 100)


class TestMessageLog(BaseCase):
    def setUp(self):
        super().setUp()
        self.now = 0.0
        self.log = MessageLog("errors", 10_000, 64, lambda: self.now)

    @staticmethod
    def readings(count, payload="x", error="no"):
        return [SimpleNamespace(inbound=inbound("t", payload), error=error) for _ in range(count)]

    def test_only_what_is_wanted(self):
        self.assertFalse(self.log.choose(self.readings(5, error="")))
        self.assertEqual(len(self.log.choose(self.readings(5))), 5)
        self.log.use("off", 10_000, 64)
        self.assertFalse(self.log.choose(self.readings(5)))
        self.assertEqual(self.log.skipped, 0)

    def test_so_many_a_second(self):
        self.assertEqual(len(self.log.choose(self.readings(5_000))), ROOM)
        self.assertEqual(self.log.skipped, 5_000 - ROOM)
        self.now = 1.0
        self.assertEqual(len(self.log.choose(self.readings(5_000))), 100)

    def test_large_ones_count_more(self):
        self.assertLess(len(self.log.choose(self.readings(1_000, "x" * 16_384))), 130)

    def test_it_is_trimmed_now_and_then(self):
        self.assertFalse(self.log.written(self.readings(999)))
        self.assertTrue(self.log.written(self.readings(1)))
        self.assertFalse(self.log.written(self.readings(1)))
        self.assertTrue(self.log.written(self.readings(300, "x" * 16_384)))


class TestMeter(BaseCase):
    def setUp(self):
        super().setUp()
        self.now = 0.0
        self.meter = Meter(lambda: self.now)
        message = inbound("t", "x")
        now = datetime.now(timezone.utc)
        self.batch = [message._replace(message=message.message._replace(received_at=now))]

    def lag(self, full):
        self.meter.committed(self.batch, 0, full)
        return self.meter._full_for()

    def test_the_lag_counts_how_long_batches_have_been_full(self):
        self.lag(False)
        for self.now in range(1, 100):
            self.lag(True)
        self.assertEqual(self.lag(True), 98)
        self.assertEqual(self.meter.figures()[1], 98)
        self.assertTrue(self.meter.full_since())
        self.assertEqual(self.lag(False), 0)
        self.assertFalse(self.meter.full_since())

    def test_a_short_while_is_not_said(self):
        for self.now in range(30):
            self.lag(True)
        self.assertFalse(self.meter.full_since())
        self.meter.idle()
        self.assertEqual(self.meter._full_for(), 0)


class TestStale(BaseCase):
    def test_a_store_has_one_message_of_a_topic(self):
        stale = Stale()
        stale.look([inbound(f"t/{number}", "x", retained=True) for number in range(100)] * 2)
        stale.look([inbound("t/1", "x")] * 50)
        self.assertEqual(stale.count, 0)
        stale.look([inbound("t/1", "x", retained=True)] * 50)
        self.assertEqual(stale.count, 50)
        stale.look([inbound("t/1", "x", retained=True, link=2)])
        self.assertEqual(stale.count, 50, "another connection")
