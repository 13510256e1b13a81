from datetime import timedelta

from odoo.tests import BaseCase, tagged

from fusion_iot_core.detector import Sample
from fusion_iot_core.protocol import SOURCES, IngestBatch, Measurement, Owned, Quality

from ..engine.collecting import collect
from ..engine.comparing import Outline, compare
from ..engine.links import Links, Report
from ..engine.packing import Heard, pack_batch, pack_samples, unpack_batch, unpack_samples
from ..engine.sample_channels import choose, counter_of
from .session_common import at

MQTT = ("mqtt", 1)


@tagged("post_install", "-at_install")
class TestPacking(BaseCase):
    def test_a_batch_comes_back_exactly(self):
        heard = [
            Heard(7, "switch:0", at(0.123457), at(1), 12.3, None),
            Heard(2_000_000_000, "küche·1", at(-9), at(2), None, 1e9),
            Heard(7, "switch:0", at(3), at(3.000001), 0.1 + 0.2, 4.0),
        ]
        self.assertEqual(list(unpack_batch(pack_batch(heard))), heard)
        self.assertEqual(list(unpack_batch(pack_batch([]))), [])

    def test_samples_come_back_exactly(self):
        samples = [
            Sample(at(second * 1.000003), second / 3, None if second % 2 else 5.5) for second in range(500)
        ]
        samples.append(Sample(at(10_000), None, 7.0))
        packed = pack_samples(samples)
        self.assertEqual(unpack_samples(packed), samples)

    def test_what_machines_say_in_a_steady_state_takes_little_room(self):
        samples = [Sample(at(second), 812.0 + second % 3, None) for second in range(30)]
        self.assertLess(len(pack_samples(samples)), 120)


@tagged("post_install", "-at_install")
class TestChannels(BaseCase):
    def test_the_only_one_or_the_total(self):
        self.assertEqual(choose(["switch:0"]), "switch:0")
        self.assertEqual(choose([""]), "")
        self.assertEqual(choose(["em:0", "em:0.a", "em:0.b"]), "em:0")
        self.assertEqual(choose(["ENERGY", "ENERGY.1", "ENERGY.2"]), "ENERGY")
        self.assertEqual(choose(["em:0.a"]), "em:0.a")
        self.assertIsNone(choose(["em:0.a", "em:0.b"]))
        self.assertIsNone(choose(["switch:0", "switch:1"]))
        self.assertIsNone(choose([]))

    def test_counters_of_their_own(self):
        self.assertEqual(counter_of("em:0"), "emdata:0")
        self.assertEqual(counter_of("em1:2"), "em1data:2")
        self.assertEqual(counter_of("switch:0"), "switch:0")


@tagged("post_install", "-at_install")
class TestCollecting(BaseCase):
    def collect(self, *measurements):
        return collect(IngestBatch(measurements, SOURCES["mqtt"], at(100)), Owned([("saw", None, 7)]))

    def test_a_machine_is_heard_by_its_own_company_only(self):
        machines = Owned([("saw", 1, 7), ("saw", 2, 8)])

        def heard(company):
            said = Measurement("saw", 60.0, "power", "W", at(0), company=company)
            return [item[0] for item in collect(IngestBatch([said], SOURCES["mqtt"], at(100)), machines)]

        self.assertEqual((heard(1), heard(2), heard(3), heard(None)), ([7], [8], [], []))

    def test_power_and_counter_of_an_instant_are_one_message(self):
        heard = self.collect(
            Measurement("saw", 60.0, "power", "W", at(0), "switch:0"),
            Measurement("saw", 0.5, "energy", "kWh", at(0), "switch:0"),
            Measurement("saw", 230.0, "voltage", "V", at(0), "switch:0"),
            Measurement("saw", 0.061, "power", "kW", at(1), "switch:0"),
            Measurement("saw", 9.0, "power", "W", at(1), "switch:1"),
        )
        self.assertEqual(
            heard,
            [
                Heard(7, "switch:0", at(0), at(100), 60.0, 500.0),
                Heard(7, "switch:0", at(1), at(100), 61.0, None),
                Heard(7, "switch:1", at(1), at(100), 9.0, None),
            ],
        )

    def test_what_is_no_word_of_a_machine(self):
        power = {"quantity": "power", "unit": "W", "at": at(0)}
        self.assertEqual(
            self.collect(
                Measurement("other", 60.0, **power),
                Measurement("saw", 60.0, retained=True, **power),
                Measurement("saw", None, quality=Quality.BAD, **power),
                Measurement("saw", 60.0, quality=Quality.SUSPECT, **power),
                Measurement("saw", 60.0, "power", "°C", at(0)),
                Measurement("saw", 0.543, "power", "", at(0)),
            ),
            [],
        )

    def test_times_that_cannot_be(self):
        heard = self.collect(
            Measurement("saw", 1.0, "power", "W", None, "a", received_at=at(3)),
            Measurement("saw", 2.0, "power", "W", at(4000), "b"),
            Measurement("saw", 3.0, "power", "W", at(-(10**9)), "c"),
            Measurement("saw", 4.0, "power", "W", at(5).replace(tzinfo=None), "d"),
        )
        self.assertEqual([item.at for item in heard], [at(3), at(100), at(100), at(5)])


@tagged("post_install", "-at_install")
class TestLinks(BaseCase):
    """Whether silence is the machine's own."""

    def report(self, links, seconds, state="connected", beat=None, lag=0.0):
        beat_at = at(seconds if beat is None else beat).replace(tzinfo=None)
        links.refresh([Report(MQTT, state, beat_at, lag)], at(seconds))

    def test_a_connection_is_watched_before_it_is_trusted(self):
        links = Links(timedelta(seconds=900))
        self.report(links, 0)
        self.assertFalse(links.settled([MQTT], at(1)))
        self.report(links, 6)
        self.assertTrue(links.settled([MQTT], at(6)))
        self.assertTrue(links.settled([], at(0)), "what comes over HTTP waits for nobody")
        self.assertTrue(links.settled([("mqtt", 2)], at(0)), "nobody wants this connection up")

    def test_a_connection_that_is_away_holds_its_machines_but_not_for_ever(self):
        links = Links(timedelta(seconds=900))
        for second in range(20):
            self.report(links, second)
        self.assertTrue(links.settled([MQTT], at(19)))
        for second in range(20, 915):
            state = "connected" if second % 30 < 4 else "retrying"
            self.report(links, second, state)
            self.assertFalse(links.settled([MQTT], at(second)), second)
        for second in range(915, 925):
            self.report(links, second, "retrying")
        self.assertTrue(links.settled([MQTT], at(924)))
        for second in range(930, 940):
            self.report(links, second)
        self.assertTrue(links.settled([MQTT], at(939)))
        self.report(links, 940, "connecting")
        self.assertFalse(links.settled([MQTT], at(941)), "it counts anew")

    def test_a_dead_runtime_is_away_since_its_last_sign_of_life(self):
        links = Links(timedelta(seconds=900), patient=False)
        self.report(links, 1000, beat=50)
        self.assertTrue(links.settled([MQTT], at(1000)))
        self.report(links, 1000, beat=500)
        fresh = Links(timedelta(seconds=900), patient=False)
        self.report(fresh, 1000, beat=500)
        self.assertFalse(fresh.settled([MQTT], at(1000)))

    def test_a_backlog_is_waited_for(self):
        links = Links(timedelta(seconds=900))
        self.report(links, 0)
        self.report(links, 6)
        for second in range(6, 60):
            links.saw_backlog([MQTT, ("mqtt", 5)], at(second))
            self.assertFalse(links.settled([MQTT], at(second)))
        self.assertFalse(links.settled([MQTT], at(63)))
        self.assertTrue(links.settled([MQTT], at(65)))

    def test_a_clock_that_was_set_back_is_no_backlog(self):
        links = Links(timedelta(seconds=900))
        self.report(links, 0)
        self.report(links, 6)
        for second in range(6, 1000):
            links.saw_backlog([MQTT], at(second))
        self.assertTrue(links.settled([MQTT], at(1000)))

    def test_lag_is_patience(self):
        links = Links(timedelta(seconds=900))
        self.report(links, 0, lag=4.0)
        self.assertEqual(links.grace([MQTT]), timedelta(seconds=5))
        self.report(links, 1, lag=400.0)
        self.assertEqual(links.grace([MQTT]), timedelta(seconds=31))
        self.assertEqual(links.grace([]), timedelta(seconds=1))


@tagged("post_install", "-at_install")
class TestComparing(BaseCase):
    def outline(self, start, end, working=0.0):
        end_at = None if end is None else at(end).replace(tzinfo=None)
        return Outline(at(start).replace(tzinfo=None), end_at, working, 0.0, 0.0, None)

    def test_marks(self):
        recorded = [
            self.outline(0, 100, 50),
            self.outline(200, 300),
            self.outline(400, 500),
            self.outline(800, None),
        ]
        replayed = [
            self.outline(1, 101, 51),
            self.outline(200, 500),
            self.outline(600, 700),
            self.outline(800, 900),
        ]
        compare(recorded, replayed)
        self.assertEqual([each.mark for each in recorded], ["same", "changed", "changed", "changed"])
        self.assertEqual([each.mark for each in replayed], ["same", "changed", "new", "changed"])
        compare(recorded, [])
        self.assertEqual({each.mark for each in recorded}, {"gone"})
