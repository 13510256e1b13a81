import io
import json
import time
import zipfile
from unittest.mock import patch

from odoo.addons.fusion_iot.known_boxes import hashed
from odoo.addons.fusion_iot.tests.iot_box_common import BoxCase, fresh_box_counts
from odoo.addons.fusion_iot_base.rate_limits import REFUSED_PER_MINUTE
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.tests import HttpCase, tagged

from fusion_iot_core.protocol import sign

from .common import OTHER_SERIAL, SERIAL, TankCase

IDENTIFIER = "10000000abcdef01"


@tagged("post_install", "-at_install")
class TestBoxIngest(BoxCase, HttpCase, TankCase):
    def setUp(self):
        super().setUp()
        self.counts = self.enterContext(fresh_box_counts())
        self.known, self.token = self.pair(IDENTIFIER)

    def post(self, readings, identifier=IDENTIFIER, key=None, at=None, headers=None):
        body = readings if isinstance(readings, bytes) else json.dumps({"readings": readings}).encode()
        timestamp = str(int(at or time.time()))
        response = self.opener.post(
            self.base_url() + "/fp/iot/box/ingest",
            data=body,
            headers={
                "Content-Type": "application/json",
                "X-FP-IOT-Box": identifier,
                "X-FP-IOT-Timestamp": timestamp,
                "X-FP-IOT-Signature": sign(key or hashed(self.token), timestamp, body),
                **(headers or {}),
            },
            timeout=patient(30),
        )
        self.assertTrue(response.headers["Content-Type"].startswith("application/json"), response.text[:200])
        self.assertNotIn("Set-Cookie", response.headers)
        return response

    def reading(self, value, seconds=0, serial=SERIAL):
        at = self.start.timestamp() + seconds
        return {"device_serial": serial, "value": value, "read_at": at}

    def assertTaken(self, response, **counts):
        self.assertEqual((response.status_code, response.json()), (200, {"ok": True, **counts}))

    def assertRefused(self, response, status, error):
        self.assertEqual((response.status_code, response.json()["error"]), (status, error), response.text)
        self.assertIs(response.json()["ok"], False)
        self.assertTrue(response.json()["message"])
        self.assertFalse(self.readings())

    def test_readings_and_a_hold(self):
        self.assertTaken(self.post([self.reading(80.0), self.reading(95.0, 30)]), accepted=2)
        readings = self.readings()
        self.assertEqual(readings.mapped("value"), [80.0, 95.0])
        self.assertEqual(set(readings.mapped("source")), {"box"})
        self.assertEqual(readings[0].read_at, self.start.replace(tzinfo=None))
        self.assertEqual(set(readings.mapped("time_source")), {"device"})
        self.assertEqual(len(self.holds()), 1)

    def test_nothing_counts_twice(self):
        batch = [self.reading(80.0), self.reading(80.1, 30)]
        self.assertTaken(self.post(batch), accepted=2)
        self.assertTaken(self.post([*batch, self.reading(80.2, 60)]), accepted=1, duplicates=2)
        self.assertEqual(len(self.readings()), 3)

    def test_a_broken_probe_is_no_cold_tank(self):
        batch = [self.reading(80.0), self.reading(-127.0, 30), self.reading(127.937, 60)]
        self.assertTaken(self.post(batch), accepted=3)
        self.assertEqual(self.readings().mapped("quality"), ["good", "bad", "bad"])
        self.assertFalse(self.holds())

    def test_85_degrees(self):
        self.assertTaken(self.post([self.reading(85.0)]), accepted=1)
        self.assertTaken(self.post([self.reading(84.9, 30), self.reading(85.0, 60)]), accepted=2)
        self.assertEqual(self.readings().mapped("quality"), ["suspect", "good", "good"])

    def test_a_probe_without_a_tank_shows_its_value(self):
        serial = "28-0000000000cd"
        self.report(IDENTIFIER, self.token, {serial: {"name": "Probe", "type": "probe"}})
        self.assertTaken(self.post([self.reading(21.5, 0, serial)]), accepted=0, noted=1)
        device = self.env["iot.device"].search([("identifier", "=", serial)])
        self.assertEqual((device.kind, device.box_id), ("probe", self.known))
        channel = device.channel_ids
        self.assertEqual((channel.quantity, channel.unit, channel.last_value), ("temperature", "°C", 21.5))

    def test_a_probe_that_nobody_knows(self):
        response = self.post([self.reading(21.5, 0, OTHER_SERIAL)])
        self.assertEqual((response.status_code, response.json()["error"]), (404, "unknown_device"))
        response = self.post([self.reading(21.5, 0, OTHER_SERIAL), self.reading(80.0)])
        self.assertEqual((response.status_code, response.json()["accepted"]), (200, 1))
        (rejected,) = response.json()["rejected"]
        self.assertEqual((rejected["index"], rejected["error"]), (0, "unknown_device"))
        self.assertFalse(self.env["iot.unknown.device"].search([("device", "=", OTHER_SERIAL)]))

    def test_a_probe_of_another_company(self):
        company = self.env["res.company"].create({"name": "Another"})
        box, self.token = self.pair("10000000abcdef02", company_id=company.id)
        self.assertEqual(box.company_id, company)
        batch = [self.reading("?", 0, "28-0000000000cc"), self.reading(95.0, 0, SERIAL)]
        response = self.post(batch, identifier="10000000abcdef02")
        self.assertEqual(response.status_code, 400)
        errors = {item["index"]: item["error"] for item in response.json()["rejected"]}
        self.assertEqual(errors, {0: "invalid_value", 1: "unknown_device"})
        self.assertFalse(self.readings())
        self.assertFalse(self.holds())

    def test_strangers(self):
        batch = [self.reading(80.0)]
        self.assertRefused(self.post(batch, key="guessed"), 401, "unknown_box")
        self.assertRefused(self.post(batch, key=self.token), 401, "unknown_box")
        self.assertRefused(self.post(batch, identifier="10000000abcdef02"), 401, "unknown_box")
        self.assertRefused(self.post(batch, identifier=""), 401, "unknown_box")
        self.assertRefused(self.post(batch, identifier="%"), 401, "unknown_box")
        self.assertRefused(self.post(batch, identifier="\x80x" * 3000), 401, "unknown_box")
        for signature in ("", "sha256=", "\xff", "x" * 5000):
            response = self.post(batch, headers={"X-FP-IOT-Signature": signature.encode("latin-1")})
            self.assertRefused(response, 401, "unknown_box")
        for timestamp in ("", "-1", "now", "9" * 5000):
            response = self.post(batch, headers={"X-FP-IOT-Timestamp": timestamp})
            self.assertRefused(response, 401, "unknown_box")
        self.known._unpair()
        self.assertRefused(self.post(batch), 401, "unknown_box")
        self.assertRefused(self.post(batch, key="False"), 401, "unknown_box")

    def test_who_guesses_is_kept_from_the_database_and_harms_no_paired_box(self):
        batch = [self.reading(80.0)]
        guesses = ({"key": "guessed"}, {"identifier": "10000000abcdef02"}, {"at": time.time() - 301})
        for guess in guesses:
            self.assertRefused(self.post(batch, **guess), 401, "unknown_box")
        counted = self.counts.limits._strangers._buckets["127.0.0.1"].level
        self.assertEqual(counted, REFUSED_PER_MINUTE - len(guesses))
        for _ in range(REFUSED_PER_MINUTE):
            self.counts.limits.count_stranger("127.0.0.1")
        self.post(batch, **guesses[0])  # has the boxes read
        for guess in guesses:
            with self.subTest(guess), patch("odoo.http.Request._serve_db") as served:
                answer = self.post(batch, **guess)
                self.assertRefused(answer, 429, "too_many_requests")
                self.assertEqual(answer.headers["Retry-After"], "1")
                served.assert_not_called()
        self.assertTaken(self.post(batch), accepted=1)
        self.counts.now[0] += 60.0
        answer = self.post(batch, **guesses[0])
        self.assertEqual((answer.status_code, answer.json()["error"]), (401, "unknown_box"))

    def test_an_old_request(self):
        for off in (-301, 302):
            self.assertRefused(self.post([self.reading(80.0)], at=time.time() + off), 401, "unknown_box")

    def test_the_signature_of_one_body_is_of_no_other(self):
        timestamp = str(int(time.time()))
        other = json.dumps({"readings": [self.reading(20.0)]}).encode()
        headers = {"X-FP-IOT-Signature": sign(hashed(self.token), timestamp, other)}
        self.assertRefused(self.post([self.reading(80.0)], headers=headers), 401, "unknown_box")

    def test_junk(self):
        self.assertRefused(self.post(b"{"), 400, "invalid_json")
        self.assertRefused(self.post(b"[" * 100_000), 400, "invalid_json")
        self.assertRefused(self.post([]), 400, "invalid_body")
        self.assertRefused(self.post(b"null"), 400, "invalid_body")
        self.assertRefused(self.post([self.reading("warm"), None, self.reading(True)]), 400, "invalid_value")
        response = self.post(b" " * (8 * 1024 * 1024 + 1))
        self.assertRefused(response, 413, "too_large")
        response = self.opener.get(self.base_url() + "/fp/iot/box/ingest", timeout=patient(30))
        self.assertEqual((response.status_code, response.json()["error"]), (405, "method_not_allowed"))

    def test_drivers_are_in_the_archive(self):
        self.known.fixed_address = False
        form = {"identifier": IDENTIFIER, "auto": "True"}
        response = self.opener.post(self.base_url() + "/iot/get_handlers", data=form, timeout=patient(30))
        self.assertEqual(response.status_code, 200)
        names = zipfile.ZipFile(io.BytesIO(response.content)).namelist()
        for name in (
            "interfaces/w1_interface_L.py",
            "drivers/ds18b20_driver_L.py",
            "lib/fusion_iot_core/probe/station.py",
            "lib/fusion_iot_core/probe/ds18b20.py",
            "lib/fusion_iot_core/queue/store.py",
        ):
            self.assertIn(name, names)
