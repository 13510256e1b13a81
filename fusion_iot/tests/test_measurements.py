import json
import time
from datetime import datetime, timedelta, timezone
from unittest.mock import ANY, patch

from odoo import fields
from odoo.addons.fusion_base.tests.secrets_common import SecretCase
from odoo.addons.fusion_iot_base.networks import TRUSTED_PROXIES
from odoo.addons.fusion_iot_base.rate_limits import REFUSED_PER_MINUTE
from odoo.addons.fusion_iot_base.recognition import READ_EVERY_S
from odoo.addons.fusion_iot_base.shared_token import NETWORKS, OFF, RATE, TOKEN
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.addons.fusion_iot_base.tests.rates import fresh_counts
from odoo.tests import HttpCase, tagged
from odoo.tools import config, mute_logger

from fusion_iot_core.protocol import sign

from ..models.iot_device_channel import forget_noted

SHARED = "test-secret-123"


@tagged("post_install", "-at_install")
class TestMeasurements(SecretCase, HttpCase):
    """``POST /iot/ingest``, and who may write what over it."""

    def setUp(self):
        super().setUp()
        forget_noted()
        self.env["ir.config_parameter"].set_param(TOKEN, SHARED)
        self.oven = self.device("oven-1")
        self.credential = self.env["iot.credential"].create(
            {"name": "Oven", "device_ids": [(4, self.oven.id)], "serials": "28-0000*"}
        )
        self.token = self.credential._issue()

    def device(self, identifier, **values):
        return self.env["iot.device"].create({"name": identifier, "identifier": identifier, **values})

    def post(self, body, token=None, **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token or self.token}",
            **headers,
        }
        headers = {name: value for name, value in headers.items() if value is not None}
        self.env.flush_all()
        answer = self.opener.post(
            self.base_url() + "/iot/ingest", data=body, headers=headers, timeout=patient(60)
        )
        self.env.invalidate_all()
        self.assertTrue(answer.headers["Content-Type"].startswith("application/json"), answer.text[:200])
        return answer

    def item(self, device="oven-1", value=231.5, **more):
        return {"device": device, "quantity": "temperature", "value": value, "unit": "°C", **more}

    def assertRefused(self, answer, status, error):
        self.assertEqual((answer.status_code, answer.json()["error"]), (status, error), answer.text)
        self.assertIs(answer.json()["ok"], False)
        self.assertTrue(answer.json()["message"])

    def test_what_was_measured_is_on_the_device(self):
        at = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=1)
        answer = self.post(
            {
                "measurements": [
                    self.item(channel="deck:1", at=at.isoformat()),
                    self.item(channel="deck:2", value=450, unit="degF"),
                    self.item(quantity="power", value=3.2, unit="kW"),
                    {
                        "device": "oven-1",
                        "channel": "probe",
                        "value": None,
                        "quality": "bad",
                        "quantity": "humidity",
                    },
                ]
            }
        )
        self.assertEqual((answer.status_code, answer.json()), (200, {"ok": True, "accepted": 0, "noted": 4}))
        channels = {(item.channel, item.quantity): item for item in self.oven.channel_ids}
        deck = channels["deck:1", "temperature"]
        self.assertEqual((deck.last_value, deck.unit, deck.last_at), (231.5, "°C", at.replace(tzinfo=None)))
        self.assertEqual(channels["deck:2", "temperature"].unit, "°F")
        self.assertEqual(channels["", "power"].unit, "kW")
        self.assertEqual(channels["probe", "humidity"].last_quality, "bad")
        self.assertTrue(channels["probe", "humidity"].unit_assumed)
        self.assertEqual(self.oven.presence, "online")
        self.assertTrue(self.credential.last_used_at)
        self.assertEqual(self.credential.last_address, "127.0.0.1")

    def test_late_and_impossible_times(self):
        now = datetime.now(timezone.utc).replace(microsecond=0)
        self.post(self.item(value=100, at=now.isoformat()))
        forget_noted()
        answer = self.post(self.item(value=50, at=(now - timedelta(days=3)).isoformat()))
        self.assertEqual(answer.json(), {"ok": True, "accepted": 0, "noted": 1})
        self.assertEqual(self.oven.channel_ids.last_value, 100, "a late value does not move the present one")
        self.assertEqual(self.post(self.item(at=1899)).json()["replaced"], 1)
        self.assertEqual(self.post(self.item(at=1e300)).json()["replaced"], 1)

    def test_junk_spoils_itself_only(self):
        answer = self.post(
            {
                "measurements": [
                    self.item(),
                    self.item(value="warm"),
                    self.item(value=None),
                    self.item(quantity="heat"),
                    self.item(unit="bar"),
                    self.item(at="yesterday"),
                    self.item(channel="a\0b"),
                    self.item(quality="splendid"),
                    5,
                    {"value": 1},
                ]
            }
        )
        self.assertEqual((answer.status_code, answer.json()["noted"]), (200, 1))
        self.assertEqual(
            [(item["index"], item["error"]) for item in answer.json()["rejected"]],
            [
                *((index, "invalid_value") for index in (1, 2, 3, 4)),
                (5, "invalid_time"),
                (6, "invalid_value"),
                (7, "invalid_value"),
                (8, "invalid_body"),
                (9, "missing_field"),
            ],
        )
        self.assertEqual(answer.json()["rejected"][0]["device"], "oven-1")
        self.assertRefused(self.post(self.item(value=True)), 400, "invalid_value")
        for body, error in (
            (b"", "invalid_json"),
            (b"[]", "invalid_body"),
            (b'{"measurements": []}', "invalid_body"),
        ):
            self.assertRefused(self.post(body), 400, error)
        self.assertRefused(self.post({"measurements": [self.item()] * 10_001}), 413, "too_large")
        self.assertRefused(self.post(b" " * (8 * 1024 * 1024 + 1)), 413, "too_large")

    def test_a_full_batch(self):
        items = [self.item(value=20.0 + number / 1e4, at=1767600000 + number) for number in range(10_000)]
        self.assertEqual(self.post({"measurements": items}).json()["noted"], 10_000)

    def test_who_is_unknown(self):
        answer = self.post({"serial": "28-0000000000ff", "value": 20.0, "quantity": "temperature"})
        self.assertRefused(answer, 404, "unknown_device")
        listed = self.env["iot.unknown.device"].search([("serial", "=", "28-0000000000ff")])
        self.assertEqual(listed.source, "api")

    def test_only_what_is_its_own(self):
        """One stranger in it, and nothing of the request is stored."""
        other = self.device("oven-2")
        answer = self.post(
            {
                "measurements": [
                    self.item(),
                    self.item("oven-2"),
                    self.item(serial="28-1"),
                    self.item("oven-2", serial="oven-1"),
                ]
            }
        )
        self.assertRefused(answer, 403, "not_yours")
        rejected = answer.json()["rejected"]
        self.assertEqual(
            [(item["index"], item["device"], item["error"]) for item in rejected],
            [(1, "oven-2", "not_yours"), (2, "28-1", "not_yours"), (3, "oven-2", "not_yours")],
        )
        self.assertFalse((self.oven | other).channel_ids)
        self.assertFalse(self.oven.last_seen or other.last_seen)
        self.assertFalse(self.env["iot.unknown.device"].search([("serial", "=", "28-1")]))
        self.assertRefused(self.post(self.item("oven-2")), 403, "not_yours")
        self.assertEqual(self.post(self.item(), token=SHARED).status_code, 200)
        self.assertEqual(self.post(self.item("oven-2"), token=SHARED).status_code, 200)

    def test_a_credential_that_lists_nothing_covers_nothing(self):
        self.oven.active = False
        self.assertRefused(self.post(self.item()), 403, "not_yours")
        self.oven.active = True
        self.assertEqual(self.post(self.item()).status_code, 200)
        self.oven.unlink()
        self.credential.serials = False
        self.assertRefused(self.post(self.item()), 403, "not_yours")
        self.credential.scope = "all"
        self.assertRefused(self.post(self.item()), 404, "unknown_device")

    def test_companies(self):
        """What is sent is of the company of the credential, whoever else has a device of that name."""
        ours, theirs = self.env["res.company"].create([{"name": "Ours"}, {"name": "Theirs"}])
        mine = self.device("mixer", company_id=ours.id)
        foreign = self.device("mixer", company_id=theirs.id)
        self.credential.write({"company_id": ours.id, "scope": "all", "device_ids": [(5,)]})
        self.assertEqual(self.post(self.item("mixer")).status_code, 200)
        self.assertEqual((len(mine.channel_ids), len(foreign.channel_ids)), (1, 0))
        mine.unlink()
        self.assertRefused(self.post(self.item("mixer")), 404, "unknown_device")
        self.assertFalse(foreign.channel_ids or foreign.last_seen)
        listed = self.env["iot.unknown.device"].search([("serial", "=", "mixer")])
        self.assertEqual(listed.company_id, ours)

    def test_nothing_says_which_company_is_meant(self):
        companies = self.env["res.company"].create([{"name": "Ours"}, {"name": "Theirs"}])
        devices = self.env["iot.device"].union(
            *(self.device("28-00001", company_id=company.id) for company in companies)
        )
        self.assertRefused(self.post(self.item("28-00001")), 404, "unknown_device")
        self.assertFalse(devices.channel_ids)

    def test_wrong_expired_and_revoked(self):
        for token in (
            self.token[:-1],
            self.token + "x",
            "fiot_",
            self.credential.token_hash,
            "fiot_" + "0" * 10_000,
        ):
            self.assertRefused(self.post(self.item(), token=token), 401, "invalid_token")
        self.assertRefused(self.post(self.item(), Authorization=None), 401, "missing_token")
        self.credential.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertRefused(self.post(self.item()), 401, "expired_token")
        self.credential.expires_at = False
        self.assertEqual(self.post(self.item()).status_code, 200)
        self.credential.action_revoke()
        self.assertRefused(self.post(self.item()), 401, "revoked_token")

    def test_rotating(self):
        new = self.credential._issue(1)
        self.assertEqual(self.post(self.item()).status_code, 200)
        self.assertEqual(self.post(self.item(), token=new).status_code, 200)
        self.credential.previous_until = fields.Datetime.now() - timedelta(seconds=1)
        self.assertRefused(self.post(self.item()), 401, "invalid_token")

    def test_the_token_in_every_place(self):
        for headers in (
            {"X-FP-IOT-Token": self.token, "Authorization": None},
            {"Authorization": f"bearer {self.token}"},
        ):
            self.assertEqual(self.post(self.item(), **headers).status_code, 200)
        self.assertEqual(self.post(self.item(token=self.token), Authorization=None).status_code, 200)
        large = self.item(token=self.token, note="x" * 65_536)
        self.assertRefused(self.post(large, Authorization=None), 413, "too_large")
        answer = self.opener.post(
            f"{self.base_url()}/iot/ingest?token={self.token}", json=self.item(), timeout=patient(30)
        )
        self.assertRefused(answer, 401, "token_in_address")

    def test_credentials_go_on_without_the_shared_token(self):
        self.env["ir.config_parameter"].set_param(OFF, "True")
        self.assertRefused(self.post(self.item(), token=SHARED), 401, "shared_token_off")
        self.assertEqual(self.post(self.item()).status_code, 200)
        self.env["ir.config_parameter"].set_param(TOKEN, False)
        self.assertEqual(self.post(self.item()).status_code, 200)

    @mute_logger("odoo.addons.fusion_base.models.ir_config_parameter")
    def test_a_lost_key_is_no_fault_of_the_sender(self):
        with self.another_data_directory(), fresh_counts() as counts:
            answer = self.post(self.item())
            self.assertRefused(answer, 503, "token_unreadable")
            self.assertEqual(answer.headers["Retry-After"], "60")
            self.assertRefused(self.post(self.item(), token="fiot_wrong"), 503, "token_unreadable")
            for _ in range(REFUSED_PER_MINUTE):
                counts.limits.count_stranger("127.0.0.1")
            self.assertRefused(self.post(self.item()), 429, "too_many_requests")
        self.assertEqual(self.post(self.item()).status_code, 200)

    def test_addresses(self):
        self.credential.networks = "127.0.0.1, fd00::/8"
        self.assertEqual(self.post(self.item()).status_code, 200)
        self.credential.networks = "192.0.2.0/24"
        forged = {"X_Forwarded_For": "192.0.2.7", "X_Forwarded_Host": "127.0.0.1"}
        self.assertRefused(self.post(self.item(), **forged), 403, "address_not_allowed")
        with patch.dict(config.options, proxy_mode=True):
            self.assertEqual(self.post(self.item(), **forged).status_code, 200)
            # A client behind the proxy that writes the header itself: the proxy adds where it really is.
            forged["X_Forwarded_For"] = "192.0.2.7, 198.51.100.9"
            self.assertRefused(self.post(self.item(), **forged), 403, "address_not_allowed")
            forged["X_Forwarded_For"] = "2001:db8::1"
            self.assertRefused(self.post(self.item(), **forged), 403, "address_not_allowed")
            # One that goes past the proxy.
            forged["X_Forwarded_For"] = "192.0.2.7"
            self.env["ir.config_parameter"].set_param(TRUSTED_PROXIES, "203.0.113.1")
            self.assertRefused(self.post(self.item(), **forged), 403, "address_not_allowed")

    def test_rates(self):
        self.credential.rate_limit = 3
        with fresh_counts():
            for _ in range(3):
                self.assertEqual(self.post(self.item()).status_code, 200)
            for place in ({}, {"Authorization": None}):
                with patch("odoo.http.Request._serve_db") as served:
                    answer = self.post(self.item(token=self.token), **place)
                self.assertRefused(answer, 429, "too_many_requests")
                self.assertEqual(answer.headers["Retry-After"], "20")
                served.assert_not_called()
            self.assertEqual(self.post(self.item(), token=SHARED).status_code, 200, "others are not limited")

    def test_both_tokens_of_a_rotation_have_one_allowance(self):
        self.credential.rate_limit = 4
        new = self.credential._issue(1)
        with fresh_counts():
            for token in (self.token, new) * 2:
                self.assertEqual(self.post(self.item(), token=token).status_code, 200)
            for token in (self.token, new):
                self.assertRefused(self.post(self.item(), token=token), 429, "too_many_requests")

    def test_the_rate_of_the_shared_token(self):
        with fresh_counts():
            self.env["ir.config_parameter"].set_param(RATE, "2")
            for _ in range(2):
                self.assertEqual(self.post(self.item(), token=SHARED).status_code, 200)
            signed = {"X_FP_IOT_Timestamp": "1", "X_FP_IOT_Signature": "x", "Authorization": None}
            with patch("odoo.addons.fusion_iot.models.iot_shared_token._logger") as log:
                for headers in ({"token": SHARED}, signed):
                    with patch("odoo.http.Request._serve_db") as served:
                        answer = self.post(self.item(), **headers)
                    self.assertRefused(answer, 429, "too_many_requests")
                    self.assertEqual(answer.headers["Retry-After"], "30")
                    served.assert_not_called()
            log.info.assert_called_once_with(ANY, 1, "127.0.0.1", "too_many_requests")
            self.assertEqual(self.post(self.item()).status_code, 200, "others are not limited")

    def test_what_is_refused_of_the_shared_token_leaves_a_trace_in_the_settings(self):
        def noted():
            values = self.env["res.config.settings"].get_values()
            assert values["fp_ingest_token_last_refused_at"], "the time is missing"
            names = ("refused_count", "last_refused_reason", "last_refused_address")
            return tuple(values[f"fp_ingest_token_{name}"] for name in names)

        parameters = self.env["ir.config_parameter"]
        with fresh_counts() as counts:
            parameters.set_param(NETWORKS, "192.0.2.0/24")
            self.assertRefused(self.post(self.item(), token=SHARED), 403, "address_not_allowed")
            self.assertEqual(noted(), (1, "address_not_allowed", "127.0.0.1"))
            parameters.set_param(NETWORKS, False)
            parameters.set_param(OFF, "True")
            for _ in range(3):
                self.assertRefused(self.post(self.item(), token=SHARED), 401, "shared_token_off")
            self.assertRefused(self.post(self.item(), token="guess"), 401, "shared_token_off")
            self.assertEqual(noted()[0], 1, "once a minute at most")
            counts.now[0] += 60.0
            self.assertEqual(self.post(self.item()).status_code, 200)
            self.assertEqual(noted(), (4, "shared_token_off", "127.0.0.1"), "a guess is none of it")

    def test_who_guesses_is_kept_from_the_database_and_harms_no_neighbour(self):
        signed = {"X_FP_IOT_Timestamp": str(int(time.time())), "Authorization": None}
        body = json.dumps(self.item()).encode()
        good = sign(SHARED, int(signed["X_FP_IOT_Timestamp"]), body)
        with fresh_counts() as counts:
            self.assertRefused(self.post(self.item(), token="fiot_guess"), 401, "invalid_token")
            for _ in range(REFUSED_PER_MINUTE):
                counts.limits.count_stranger("127.0.0.1")
            tries = (
                {"token": "fiot_guess"},
                {"token": "guess"},
                {"Authorization": None},
                {"X_FP_IOT_Signature": "guess", **signed},
            )
            self.post(self.item(), token="guess")
            for headers in tries:
                with (
                    self.subTest(headers),
                    patch("odoo.http.Request._serve_db") as served,
                    patch("odoo.addons.fusion_iot_base.recognition.Registry") as opened,
                ):
                    answer = self.post(body, **headers)
                    self.assertRefused(answer, 429, "too_many_requests")
                    self.assertEqual(answer.headers["Retry-After"], "1")
                    served.assert_not_called()
                    opened.assert_not_called()
            # None of these was heard of before by this process.
            for headers in ({}, {"token": SHARED}, {"X_FP_IOT_Signature": good, **signed}):
                self.assertEqual(self.post(body, **headers).status_code, 200, headers)
            late = self.credential._issue()
            self.assertRefused(self.post(body, token=late), 429, "too_many_requests")
            with patch.object(counts.limits, "stranger_waits", return_value=1.0):
                counts.now[0] += READ_EVERY_S
                self.assertEqual(self.post(body, token=late).status_code, 200)
            counts.now[0] += 60.0
            self.assertRefused(self.post(self.item(), token="guess"), 401, "invalid_token")

    def test_addresses_behind_a_proxy_are_counted_apart(self):
        self.credential.networks = False
        with patch.dict(config.options, proxy_mode=True), fresh_counts() as counts:
            forwarded = {"X_Forwarded_Host": "127.0.0.1", "X_Forwarded_For": "192.0.2.7"}
            self.assertRefused(self.post(self.item(), token="guess", **forwarded), 401, "invalid_token")
            for _ in range(REFUSED_PER_MINUTE):
                counts.limits.count_stranger("192.0.2.7")
            self.assertRefused(self.post(self.item(), token="guess", **forwarded), 429, "too_many_requests")
            forwarded["X_Forwarded_For"] = "192.0.2.8"
            self.assertRefused(self.post(self.item(), token="guess", **forwarded), 401, "invalid_token")
            # Who goes past the proxy may write what it likes.
            self.env["ir.config_parameter"].set_param(TRUSTED_PROXIES, "203.0.113.1")
            for number in range(2):
                forwarded["X_Forwarded_For"] = f"198.51.100.{number}"
                self.post(self.item(), token="guess", **forwarded)
            self.assertTrue(counts.limits._strangers._buckets["127.0.0.1"])
            self.assertNotIn("198.51.100.1", counts.limits._strangers._buckets)

    def test_what_is_refused_leaves_a_trace(self):
        def noted():
            credential = self.credential
            return credential.refused_count, credential.last_refused_reason, credential.last_refused_address

        with fresh_counts() as counts:
            self.assertRefused(self.post(self.item("oven-2")), 403, "not_yours")
            self.assertEqual(noted(), (1, "not_yours", "127.0.0.1"))
            self.assertTrue(self.credential.last_refused_at)
            self.credential.networks = "192.0.2.0/24"
            self.assertRefused(self.post(self.item()), 403, "address_not_allowed")
            self.assertEqual(noted()[0], 1, "once a minute at most")
            counts.now[0] += 60.0
            self.credential.networks = False
            self.assertEqual(self.post(self.item()).status_code, 200)
            self.assertEqual(noted(), (2, "address_not_allowed", "127.0.0.1"))
            counts.now[0] += 60.0
            self.credential.rate_limit = 1
            for _ in range(2):  # the limit is read with the first
                self.assertEqual(self.post(self.item()).status_code, 200)
            self.assertRefused(self.post(self.item()), 429, "too_many_requests")
            self.assertEqual(noted(), (3, "too_many_requests", "127.0.0.1"))
            for change, error in (
                ({"expires_at": fields.Datetime.now() - timedelta(seconds=1)}, "expired_token"),
                ({"revoked_at": fields.Datetime.now()}, "revoked_token"),
            ):
                counts.now[0] += 60.0
                self.credential.write(change)
                self.assertRefused(self.post(self.item()), 401, error)
                self.assertEqual(noted()[1], error)
