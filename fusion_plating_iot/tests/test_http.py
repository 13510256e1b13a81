import gzip
import json
import time

from odoo.addons.fusion_iot_base.shared_token import PLACEHOLDER, PREVIOUS_TOKEN, PREVIOUS_UNTIL, TOKEN
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from fusion_iot_core.protocol import sign

from .common import OTHER_SERIAL, SERIAL, TankCase

SECRET = "test-secret-123"


@tagged("post_install", "-at_install")
class TestIngestRoute(HttpCase, TankCase):
    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param(TOKEN, SECRET)

    def post(self, body, headers=None, **more):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        base = {"Content-Type": "application/json", "X-FP-IOT-Token": SECRET}
        base.update(headers or {})
        headers = {name: value for name, value in base.items() if value is not None}
        more.setdefault("timeout", patient(60))
        response = self.opener.post(self.base_url() + "/fp/iot/ingest", data=body, headers=headers, **more)
        self.assertTrue(response.headers["Content-Type"].startswith("application/json"), response.text[:200])
        self.assertNotIn("Set-Cookie", response.headers)
        return response

    def assertRefused(self, response, status, error):
        self.assertEqual((response.status_code, response.json()["error"]), (status, error), response.text)
        self.assertIs(response.json()["ok"], False)
        self.assertTrue(response.json()["message"])

    def reading(self, value=80.0, **more):
        return {"device_serial": SERIAL, "value": value, **more}

    def test_the_test_commands_of_the_first_requirement(self):
        response = self.post(f'{{"device_serial":"{SERIAL}","value":87.3}}')
        self.assertEqual((response.status_code, response.json()), (200, {"ok": True, "accepted": 1}))
        response = self.post(f'{{"device_serial":"{SERIAL}","value":95.0}}')
        self.assertEqual((response.status_code, response.json()), (200, {"ok": True, "accepted": 1}))
        self.post(f'{{"device_serial":"{SERIAL}","value":95.0}}')
        self.assertEqual(len(self.holds()), 1)
        self.assertEqual(self.readings().mapped("value"), [87.3, 95.0, 95.0])

    def test_a_batch_says_what_became_of_each(self):
        response = self.post(
            {
                "readings": [
                    self.reading(80.0, read_at="2026-01-05T10:00:00Z"),
                    self.reading(80.0, read_at="2026-01-05T11:00:00+01:00"),
                    {"device_serial": "nobody", "value": 1},
                    self.reading("warm"),
                    self.reading(81.0, read_at=1767607260),
                ]
            }
        )
        self.assertEqual(response.status_code, 200)
        answer = response.json()
        self.assertEqual((answer["ok"], answer["accepted"], answer["duplicates"]), (True, 2, 1))
        self.assertEqual(
            [(item["index"], item["device_serial"], item["error"]) for item in answer["rejected"]],
            [(2, "nobody", "unknown_device"), (3, SERIAL, "invalid_value")],
        )
        self.assertEqual(str(self.readings()[-1].read_at), "2026-01-05 10:01:00")

    def test_times_in_milliseconds_are_times(self):
        """A day's backlog of a gateway in JavaScript lies where it belongs, not all on now."""
        answer = self.post(
            {
                "readings": [
                    self.reading(80.0, read_at=1767607200000),
                    self.reading(80.5, read_at=1767607260000.5),
                    self.reading(81.0, read_at=1767607320000000),
                    self.reading(81.5, read_at=1767607380000000000),
                ]
            }
        ).json()
        self.assertEqual(answer, {"ok": True, "accepted": 4})
        self.assertEqual(
            [str(at)[11:16] for at in self.readings().mapped("read_at")], ["10:00", "10:01", "10:02", "10:03"]
        )
        self.assertEqual(set(self.readings().mapped("time_source")), {"device"})

    def test_a_time_that_is_replaced_is_told(self):
        answer = self.post(
            {
                "readings": [
                    self.reading(80.0, read_at=1899),
                    self.reading(81.0, read_at="2099-01-01T00:00:00Z"),
                    self.reading(82.0, read_at=1e300),
                    self.reading(83.0, read_at=1767607200),
                    self.reading(84.0),
                    {"device_serial": "nobody", "value": 1, "read_at": 5},
                ]
            }
        ).json()
        self.assertEqual((answer["accepted"], answer["replaced"], len(answer["rejected"])), (5, 3, 1))
        self.assertEqual(
            self.post(self.reading(85.0, read_at=5)).json(), {"ok": True, "accepted": 1, "replaced": 1}
        )

    def test_a_probe_is_known_in_any_notation(self):
        sensor = self._make_sensor("0xb195ccc70664ff28")
        self.assertEqual(sensor.device_serial, "28-95ccc70664ff")
        for number, serial in enumerate(
            (
                *(
                    "28-95ccc70664ff",
                    "28:FF:64:06:C7:CC:95:B1",
                    "28 ff 64 06 c7 cc 95 b1",
                    "28ff6406c7cc95b1",
                ),
                *(
                    "0xB195CCC70664FF28",
                    "28_95CCC70664FF",
                    "28.FF6406C7CC95.B1",
                    "40:255:100:6:199:204:149:177",
                ),
            )
        ):
            response = self.post({"device_serial": serial, "value": 80 + number})
            self.assertEqual(
                (response.status_code, response.json()), (200, {"ok": True, "accepted": 1}), serial
            )
        self.assertEqual(len(self.readings(sensor)), 8)
        wrong = self.post({"device_serial": "28:FF:64:06:C7:CC:95:B2", "value": 80})
        self.assertEqual(wrong.status_code, 404)

    def test_the_same_again_is_a_success(self):
        body = self.reading(read_at="2026-01-05T10:00:00")
        self.assertEqual(self.post(body).json(), {"ok": True, "accepted": 1})
        response = self.post(body)
        self.assertEqual(
            (response.status_code, response.json()), (200, {"ok": True, "accepted": 0, "duplicates": 1})
        )

    def test_nobody_gets_in_before_the_token_is_rotated(self):
        for value in (PLACEHOLDER, "", False):
            self.env["ir.config_parameter"].set_param(TOKEN, value)
            for headers in (
                {},
                {"X-FP-IOT-Token": PLACEHOLDER},
                {"X-FP-IOT-Token": None},
                {"X-FP-IOT-Token": ""},
            ):
                self.assertRefused(self.post(self.reading(), headers), 401, "token_not_rotated")
        self.assertFalse(self.readings())

    def test_the_token_may_stand_in_the_header_or_in_the_body(self):
        self.assertRefused(self.post(self.reading(), {"X-FP-IOT-Token": "wrong"}), 401, "invalid_token")
        self.assertRefused(self.post(self.reading(), {"X-FP-IOT-Token": None}), 401, "missing_token")
        self.assertRefused(self.post("{", {"X-FP-IOT-Token": None}), 401, "missing_token")
        self.assertRefused(
            self.post(self.reading(token="wrong"), {"X-FP-IOT-Token": None}), 401, "invalid_token"
        )
        self.assertRefused(self.post(self.reading(token=5), {"X-FP-IOT-Token": None}), 401, "missing_token")
        self.assertEqual(self.post(self.reading(token=SECRET), {"X-FP-IOT-Token": None}).status_code, 200)

    def test_the_token_may_come_as_a_bearer(self):
        for authorization in (f"Bearer {SECRET}", f"bearer  {SECRET} "):
            headers = {"X-FP-IOT-Token": None, "Authorization": authorization}
            self.assertEqual(self.post(self.reading(), headers).status_code, 200)
        for authorization, error in (
            ("Bearer wrong", "invalid_token"),
            ("Bearer ", "missing_token"),
            (f"Basic {SECRET}", "missing_token"),
            (f"Bearer {SECRET} {SECRET}", "missing_token"),
        ):
            headers = {"X-FP-IOT-Token": None, "Authorization": authorization}
            self.assertRefused(self.post(self.reading(), headers), 401, error)
        self.assertRefused(
            self.post(self.reading(), {"X-FP-IOT-Token": "", "Authorization": f"Bearer {SECRET}"}),
            401,
            "missing_token",
        )

    def test_a_credential_posts_its_own_serials_only(self):
        credential = self.env["iot.credential"].create({"name": "Probe", "serials": SERIAL})
        headers = {"X-FP-IOT-Token": credential._issue()}
        self.assertEqual(self.post(self.reading(), headers).json(), {"ok": True, "accepted": 1})
        other = self._make_sensor(OTHER_SERIAL)
        batch = {"readings": [self.reading(81.0), {"device_serial": OTHER_SERIAL, "value": 80.0}]}
        answer = self.post(batch, headers)
        self.assertRefused(answer, 403, "not_yours")
        self.assertEqual(
            [(item["index"], item["device_serial"]) for item in answer.json()["rejected"]],
            [(1, OTHER_SERIAL)],
        )
        self.assertEqual((len(self.readings()), len(self.readings(other))), (1, 0))
        credential.action_revoke()
        self.assertRefused(self.post(self.reading(82.0), headers), 401, "revoked_token")
        self.assertEqual(self.post(batch).json()["accepted"], 2)

    def test_a_credential_finds_the_sensors_of_its_company(self):
        """With the shared token nobody could tell whose reading it is."""
        other = self.env["res.company"].create({"name": "Another company"})
        tanks = self.env["fusion.plating.tank"]
        theirs = self._make_sensor(OTHER_SERIAL, tank_id=tanks.create({"name": "A", "company_id": other.id}).id,
                                   parameter_id=False)  # fmt: skip
        mine = self._make_sensor(
            OTHER_SERIAL,
            tank_id=tanks.create({"name": "B", "company_id": self.env.company.id}).id,
            parameter_id=False,
        )
        reading = {"device_serial": OTHER_SERIAL, "value": 80.0}
        with mute_logger("odoo.addons.fusion_plating_iot.models.iot_ingest"):
            self.assertRefused(self.post(reading), 409, "ambiguous_device")
        credential = self.env["iot.credential"].create(
            {"name": "Probe", "scope": "all", "company_id": self.env.company.id}
        )
        headers = {"X-FP-IOT-Token": credential._issue()}
        self.assertEqual(self.post(reading, headers).json(), {"ok": True, "accepted": 1})
        self.assertEqual((len(self.readings(mine)), len(self.readings(theirs))), (1, 0))

    def test_the_shared_token_can_be_limited_and_switched_off(self):
        settings = self.env["res.config.settings"]
        settings.create({"fp_ingest_token_networks": "192.0.2.0/24"}).execute()
        self.assertRefused(self.post(self.reading()), 403, "address_not_allowed")
        settings.create({"fp_ingest_token_networks": "192.0.2.0/24, 127.0.0.1"}).execute()
        self.assertEqual(self.post(self.reading()).status_code, 200)
        settings.create({"fp_ingest_token_off": True}).execute()
        self.assertEqual(settings.get_values()["fp_ingest_token_state"], "off")
        self.assertRefused(self.post(self.reading()), 401, "shared_token_off")
        with self.assertRaises(ValidationError):
            settings.create({"fp_ingest_token_networks": "everywhere"})

    def test_the_same_reading_over_the_general_address(self):
        at = "2026-01-05T10:00:00Z"
        self.post(self.reading(95.0, read_at=at))
        headers = {"Content-Type": "application/json", "X-FP-IOT-Token": SECRET}
        item = {"serial": SERIAL, "quantity": "temperature", "value": 95.0, "unit": "°C", "at": at}
        answers = [
            self.opener.post(self.base_url() + "/iot/ingest", json=body, headers=headers, timeout=patient(60))
            for body in (item, item | {"value": 203.0, "unit": "°F", "at": "2026-01-05T10:01:00Z"})
        ]
        self.assertEqual(answers[0].json(), {"ok": True, "accepted": 0, "duplicates": 1})
        self.assertEqual(answers[1].json(), {"ok": True, "accepted": 1})
        self.assertEqual(self.readings().mapped("value"), [95.0, 95.0])
        self.assertEqual(self.readings().mapped("source"), ["http", "api"])
        self.assertEqual(len(self.holds()), 1)

    def test_the_old_token_is_valid_during_the_overlap_only(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(PREVIOUS_TOKEN, "old")
        parameters.set_param(PREVIOUS_UNTIL, "2999-01-01 00:00:00")
        self.assertEqual(self.post(self.reading(), {"X-FP-IOT-Token": "old"}).status_code, 200)
        parameters.set_param(PREVIOUS_UNTIL, "2020-01-01 00:00:00")
        self.assertRefused(self.post(self.reading(), {"X-FP-IOT-Token": "old"}), 401, "invalid_token")

    def test_a_signed_request_needs_no_token(self):
        body = json.dumps(self.reading()).encode()

        def headers(timestamp, secret=SECRET):
            return {
                "X-FP-IOT-Token": None,
                "X-FP-IOT-Timestamp": str(timestamp),
                "X-FP-IOT-Signature": sign(secret, timestamp, body),
            }

        now = int(time.time())
        self.assertEqual(self.post(body, headers(now)).status_code, 200)
        for stale in (now - 310, now + 310):
            self.assertRefused(self.post(body, headers(stale)), 401, "invalid_signature")
        self.assertRefused(self.post(body, headers(now, "wrong")), 401, "invalid_signature")
        self.assertRefused(self.post(body + b" ", headers(now)), 401, "invalid_signature")
        junk = {"X-FP-IOT-Token": SECRET, "X-FP-IOT-Signature": "sha256=" + "0" * 64}
        self.assertRefused(self.post(body, junk), 401, "invalid_signature")

    def test_junk_is_refused_with_a_reason(self):
        for body, error in (
            (b"", "invalid_json"),
            (b"{", "invalid_json"),
            (b"\xff\xfe{}", "invalid_json"),
            (b'{"value": 1, "value": 2}', "invalid_json"),
            (b'{"value": %s}' % (b"9" * 5000), "invalid_json"),
            (b"[" * 100_000, "invalid_json"),
            (b'{"a":' * 100_000, "invalid_json"),
            (b"[]", "invalid_body"),
            (b"null", "invalid_body"),
            (b'"text"', "invalid_body"),
            (b'{"readings": []}', "invalid_body"),
            (b'{"readings": 5}', "invalid_body"),
            (b'{"readings": [1]}', "invalid_body"),
            (b"{}", "missing_field"),
            (b'{"device_serial": "x"}', "missing_field"),
            (b'{"value": 1}', "missing_field"),
        ):
            with self.subTest(body[:40]):
                self.assertRefused(self.post(body), 400, error)

    def test_values_that_are_no_measurements_are_refused(self):
        for value in (
            "NaN",
            "Infinity",
            "-Infinity",
            "1e400",
            "true",
            "null",
            '"87.3"',
            "[87.3]",
            "{}",
            "1" + "0" * 400,
        ):
            with self.subTest(value[:20]):
                body = f'{{"device_serial": "{SERIAL}", "value": {value}}}'
                self.assertRefused(self.post(body), 400, "invalid_value")
        for at in ('"yesterday"', "true", '""', "[]", "NaN"):
            with self.subTest(at):
                body = f'{{"device_serial": "{SERIAL}", "value": 1, "read_at": {at}}}'
                self.assertRefused(self.post(body), 400, "invalid_time")
        self.assertFalse(self.readings())

    def test_strange_times_are_kept_with_the_time_of_receipt(self):
        for at in ("1970-01-01T00:00:00Z", "2099-01-01T00:00:00", 0, 1e300, -(10**30)):
            self.assertEqual(self.post(self.reading(read_at=at)).status_code, 200)
        self.assertEqual(set(self.readings().mapped("time_source")), {"replaced"})

    def test_strange_serials_do_no_harm(self):
        for serial, status in (
            ("nobody", 404),
            ("'; DROP TABLE fp_tank_reading; --", 404),
            ('<img src=x onerror="alert(1)">', 404),
            ("%s%(x)s{}\\", 404),
            ("ｎｏｂｏｄｙ", 404),
            ("a\0b", 400),
            ("\ud800", 400),
            ("x" * 10_000, 400),
            ("", 400),
            (5, 400),
            (None, 400),
        ):
            with self.subTest(str(serial)[:20].encode("ascii", "backslashreplace")):
                response = self.post({"device_serial": serial, "value": 1})
                self.assertEqual(response.status_code, status)
        listed = self.env["iot.unknown.device"].search([]).mapped("serial")
        self.assertIn('<img src=x onerror="alert(1)">', listed)
        self.assertIn("%s%(x)s{}\\", listed)

    def test_when_no_serial_is_known_it_is_404(self):
        response = self.post(
            {"readings": [{"device_serial": "a", "value": 1}, {"device_serial": "b", "value": 1}]}
        )
        self.assertRefused(response, 404, "unknown_device")
        self.assertEqual(len(response.json()["rejected"]), 2)

    def test_only_post(self):
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
            response = self.opener.request(method, self.base_url() + "/fp/iot/ingest", timeout=patient(10))
            self.assertRefused(response, 405, "method_not_allowed")
            self.assertEqual(response.headers["Allow"], "POST")

    def test_only_json(self):
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            None,
        ):
            response = self.post(b"{}", {"Content-Type": kind})
            self.assertRefused(response, 415, "unsupported_media_type")
        packed = gzip.compress(json.dumps(self.reading()).encode())
        self.assertRefused(self.post(packed, {"Content-Encoding": "gzip"}), 415, "unsupported_media_type")
        response = self.post(self.reading(), {"Content-Type": "application/json; charset=utf-8"})
        self.assertEqual(response.status_code, 200)

    def test_too_much_is_refused(self):
        limit = 8 * 1024 * 1024
        body = json.dumps(self.reading()).encode()
        self.assertEqual(self.post(body + b" " * (limit - len(body))).status_code, 200)
        self.assertRefused(self.post(body + b" " * (limit + 1 - len(body))), 413, "too_large")
        many = {"readings": [self.reading()] * 10_001}
        self.assertRefused(self.post(many), 413, "too_large")

    def test_a_full_batch_is_taken(self):
        readings = [self.reading(80.0, read_at=1767600000 + second) for second in range(10_000)]
        response = self.post({"readings": readings})
        self.assertEqual((response.status_code, response.json()), (200, {"ok": True, "accepted": 10_000}))
