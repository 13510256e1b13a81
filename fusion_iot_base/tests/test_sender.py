import time
from ipaddress import ip_address
from unittest.mock import patch

import psycopg2
from odoo.addons.fusion_base.tests.secrets_common import SecretCase
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger
from psycopg2.pool import PoolError
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from fusion_iot_core.protocol import Measurement, sign

from ..networks import TRUSTED_PROXIES, client_address, is_within, place_of, read_networks
from ..problems import PlainJsonError
from ..rate_limits import REFUSED_PER_MINUTE, Account, Buckets, RateLimits
from ..recognition import READ_EVERY_S, Recognition
from ..refusals import Refusals
from ..scope import Scope, read_serials
from ..sender import Proof
from ..shared_token import DEFAULT_RATE, NETWORKS, OFF, RATE, TOKEN, rate_limit
from .rates import fresh_counts

SECRET = "test-secret-123"


def made_request(address="192.0.2.7", proxy=None, path="/", **headers):
    """A request from ``address``, which Odoo has taken from the headers where there is a ``proxy``."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    environ = EnvironBuilder(method="POST", path=path, headers=headers).get_environ()
    environ["REMOTE_ADDR"] = address
    if proxy:
        environ["werkzeug.proxy_fix.orig"] = {"REMOTE_ADDR": proxy}
    return Request(environ)


@tagged("post_install", "-at_install")
class TestSender(SecretCase, TransactionCase):
    """Who has sent a request; the routes test the same over HTTP."""

    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"]
        self.parameters.set_param(TOKEN, SECRET)

    def sender(self, body=b"{}", **given):
        return self.env["iot.sender"]._of_request(made_request(**given), body)

    def refusal(self, body=b"{}", **given):
        with self.assertRaises(PlainJsonError) as caught:
            self.sender(body, **given)
        return caught.exception.status, caught.exception.problem.error

    def test_the_shared_token_covers_everything(self):
        for headers in ({"X_FP_IOT_Token": SECRET}, {"Authorization": f"Bearer {SECRET}"}):
            self.assertIsNone(self.sender(**headers).scope)
        self.assertEqual(self.sender(b'{"token": "%s", "x": 1}' % SECRET.encode()).json(b"")["x"], 1)
        for headers in ({"X_FP_IOT_Token": "wrong"}, {"Authorization": "Bearer wrong"}):
            self.assertEqual(self.refusal(**headers), (401, "invalid_token"))
        self.assertEqual(self.refusal(), (401, "missing_token"))
        self.assertEqual(self.refusal(path=f"/?token={SECRET}"), (401, "token_in_address"))

    def test_the_shared_token_can_be_switched_off(self):
        self.parameters.set_param(OFF, "True")
        self.assertEqual(self.refusal(X_FP_IOT_Token=SECRET), (401, "shared_token_off"))
        self.assertEqual(self.refusal(X_FP_IOT_Signature="x"), (401, "shared_token_off"))

    @mute_logger("odoo.addons.fusion_base.models.ir_config_parameter")
    def test_a_token_that_cannot_be_read_is_no_fault_of_the_sender(self):
        self.env.flush_all()
        with self.another_data_directory():
            for headers in ({"X_FP_IOT_Token": SECRET}, {"X_FP_IOT_Signature": "x"}, {}):
                with self.assertRaises(PlainJsonError) as caught:
                    self.sender(**headers)
                problem = caught.exception.problem
                self.assertEqual((problem.status, problem.error), (503, "token_unreadable"))
                self.assertIn("Retry-After", problem.headers)
        self.sender(X_FP_IOT_Token=SECRET)
        self.parameters.set_param(TOKEN, "")
        self.assertEqual(self.refusal(X_FP_IOT_Token=SECRET), (401, "token_not_rotated"))

    def test_the_shared_token_is_for_some_networks_only(self):
        self.parameters.set_param(NETWORKS, "10.0.0.0/8, 2001:db8::/32")
        for address in ("10.1.2.3", "::ffff:10.1.2.3", "2001:db8::5"):
            self.sender(address=address, X_FP_IOT_Token=SECRET)
        for address in ("11.1.2.3", "::ffff:11.1.2.3", "2001:db9::5", "", "junk"):
            refusal = self.refusal(address=address, X_FP_IOT_Token=SECRET)
            self.assertEqual(refusal, (403, "address_not_allowed"), address)
        self.assertEqual(self.refusal(address="11.1.2.3", X_FP_IOT_Token="wrong"), (401, "invalid_token"))
        self.parameters.set_param(NETWORKS, "nonsense")
        self.assertEqual(self.refusal(address="10.1.2.3", X_FP_IOT_Token=SECRET)[0], 403)

    def test_headers_of_a_trusted_proxy_count_only(self):
        told = made_request(address="10.0.0.1", proxy="127.0.0.1")
        self.assertEqual(str(client_address(self.env, told)), "10.0.0.1")
        told = made_request(address="10.0.0.1", proxy="203.0.113.9")
        self.assertEqual(str(client_address(self.env, told)), "203.0.113.9")
        self.parameters.set_param(TRUSTED_PROXIES, "203.0.113.0/24")
        self.assertEqual(str(client_address(self.env, told)), "10.0.0.1")
        forged = made_request(address="10.0.0.1", proxy="127.0.0.1")
        self.assertEqual(str(client_address(self.env, forged)), "127.0.0.1")

    def test_a_large_body_is_not_searched(self):
        body = b'{"token": "%s", "x": "%s"}' % (SECRET.encode(), b"x" * 65_536)
        with patch("odoo.addons.fusion_iot_base.sender.load_json") as parse:
            self.assertEqual(self.refusal(body), (413, "too_large"))
        parse.assert_not_called()
        self.sender(body, X_FP_IOT_Token=SECRET)

    def test_networks(self):
        self.assertEqual(len(read_networks("10.0.0.5, 10.1.0.0/16; fd00::/8\n::1")), 4)
        self.assertEqual(read_networks(""), ())
        for text in ("10.0.0.0/33", "10.0.0", "example.com", "10.0.0.1/24/1"):
            with self.assertRaises(ValueError):
                read_networks(text)
        self.assertFalse(is_within(None, "0.0.0.0/0"))

    def test_serials(self):
        serials, prefixes = read_serials("28:FF:64:06:C7:CC:95:B1\n\n  PH-* \nplug 1")
        self.assertEqual((serials, prefixes), ({"28-95ccc70664ff", "plug 1"}, ("PH-",)))
        _serials, prefixes = read_serials("28-00000A1B*\n28_00FF*\nPH-A*\n28-A-b*")
        self.assertEqual(prefixes, ("28-00000a1b", "28-00ff", "PH-A", "28-A-b"))
        for text in ("*", "x" * 129, "a\tb"):
            with self.assertRaises(ValueError):
                read_serials(text)

    def test_a_scope_covers_device_and_probe(self):
        scope = Scope(3, False, frozenset({"gw-1", "28-1"}), ("PH-",))
        for device, serial, covered in (
            ("gw-1", "", True),
            ("gw-1", "28-1", True),
            ("gw-1", "PH-7", True),
            ("28-1", "28-1", True),
            ("gw-1", "28-2", False),
            ("gw-2", "28-1", False),
            ("gw-10", "", False),
            ("gw", "", False),
            ("ph-7", "", False),
        ):
            item = Measurement(device, 1.0, serial=serial)
            self.assertEqual(scope.covers(item), covered, (device, serial))
        self.assertEqual(scope.of_company(Measurement("gw-1", 1.0)).company, 3)
        self.assertIsNone(Scope().of_company(Measurement("gw-1", 1.0)).company)
        self.assertFalse(Scope().covers(Measurement("gw-1", 1.0)), "nothing listed is nothing covered")
        self.assertTrue(Scope(everything=True).covers(Measurement("gw-1", 1.0)))

    def test_rate_limits(self):
        now = [0.0]
        buckets = Buckets(size=2, clock=lambda: now[0])
        self.assertEqual([buckets.take("a", 3) for _ in range(5)], [0.0, 0.0, 0.0, 20.0, 20.0])
        now[0] += 19.0
        self.assertAlmostEqual(buckets.take("a", 3), 1.0)
        self.assertAlmostEqual(buckets.wait("a"), 1.0)
        now[0] += 1.0
        self.assertEqual(buckets.take("a", 3), 0.0)
        now[0] += 3600.0
        self.assertEqual([bool(buckets.take("a", 3)) for _ in range(4)], [False, False, False, True])
        buckets.take("a", 60)
        now[0] += 1.0
        self.assertEqual(buckets.take("a", 60), 0.0, "a new limit counts from now on")
        self.assertEqual([buckets.take("a", 0) for _ in range(9)], [0.0] * 9)
        for key in "abc":
            buckets.take(key, 1)
        self.assertEqual([bool(buckets.wait(key)) for key in "abc"], [False, True, True])

    def test_both_tokens_of_an_owner_have_one_allowance(self):
        limits = RateLimits(clock=lambda: 0.0)
        account = Account(("db", "iot.credential", 1), 3)
        limits.learn("old", "192.0.2.7", account)
        limits.learn("new", "192.0.2.8", account)
        for token, place in (("old", "192.0.2.7"), ("new", "192.0.2.8"), ("new", "192.0.2.8")):
            limits.count(limits.known(token, place))
        for token, place in (("old", "192.0.2.7"), ("new", "192.0.2.8")):
            with self.assertRaises(PlainJsonError) as caught:
                limits.count(limits.known(token, place))
            self.assertEqual(caught.exception.problem.headers["Retry-After"], "20")
        self.assertIsNone(limits.known("new", "192.0.2.7"))

    def test_strangers_make_nobody_forgotten(self):
        limits = RateLimits(size=3, clock=lambda: 0.0)
        limits.learn("right", "", Account(("db", "shared", 0), 1))
        for number in range(10):
            limits.count_stranger(str(number))
            limits.learn("wrong", str(number), None)
        self.assertTrue(limits.known("right", ""))
        self.assertEqual((len(limits._strangers._buckets), len(limits._known)), (3, 1))

    def test_the_shared_token_has_a_limit(self):
        with fresh_counts() as counts:
            self.parameters.set_param(RATE, "3")
            self.sender(X_FP_IOT_Token=SECRET)
            stamp = str(int(time.time()))
            signed = {"X_FP_IOT_Timestamp": stamp, "X_FP_IOT_Signature": sign(SECRET, int(stamp), b"{}")}
            self.sender(address="192.0.2.8", **signed)
            self.sender(Authorization=f"Bearer {SECRET}")
            for headers in ({"X_FP_IOT_Token": SECRET}, signed):
                self.assertEqual(self.refusal(**headers), (429, "too_many_requests"))
            counts.now[0] += 20.0
            self.sender(**signed)
            self.parameters.set_param(RATE, "0")
            for _ in range(9):
                self.sender(**signed)
            self.parameters.set_param(RATE, "many")
            self.assertEqual(rate_limit(self.env), DEFAULT_RATE)

    def test_what_is_sent_from_elsewhere_takes_nothing_from_the_owner(self):
        with fresh_counts():
            self.parameters.set_param(NETWORKS, "192.0.2.0/24")
            self.parameters.set_param(RATE, "1")
            stolen = {"address": "198.51.100.9", "X_FP_IOT_Token": SECRET}
            for _ in range(REFUSED_PER_MINUTE):
                self.assertEqual(self.refusal(**stolen), (403, "address_not_allowed"))
            self.assertEqual(self.refusal(**stolen), (429, "too_many_requests"))
            self.sender(X_FP_IOT_Token=SECRET)

    def test_wrong_tokens_are_counted_by_address(self):
        with fresh_counts() as counts:
            for _ in range(REFUSED_PER_MINUTE):
                self.refusal(address="2001:db8::5", X_FP_IOT_Token="wrong")
            self.assertTrue(counts.limits.stranger_waits("2001:db8::/64"))
            self.assertFalse(counts.limits.stranger_waits("192.0.2.7"))

    def test_what_is_recognised_is_read_now_and_then(self):
        now, found, loads = [0.0], [[lambda proof: proof.token == "right"]], []

        def load(dbname):
            loads.append(dbname)
            if isinstance(found[0], Exception):
                raise found[0]
            return found[0]

        recognition = Recognition(load, clock=lambda: now[0])

        def knows(**proof):
            return recognition.knows("db", Proof(None, b"", **proof))

        self.assertEqual([knows(token=token) for token in ("right", "wrong", "right")], [True, False, True])
        self.assertEqual(len(loads), 1)
        for other in (psycopg2.OperationalError(), PoolError(), None):
            found[0] = other
            now[0] += READ_EVERY_S
            self.assertTrue(
                knows(token="wrong"), "nobody can tell: the database is asked, or says that it is away"
            )
        self.assertEqual(len(loads), 4)

    def test_places(self):
        for address, place in (("192.0.2.7", "192.0.2.7"), ("2001:db8::5", "2001:db8::/64")):
            self.assertEqual(place_of(ip_address(address)), place)
        self.assertEqual(place_of(None), "")

    def test_what_is_refused_is_written_once_a_minute(self):
        now = [0.0]
        refusals = Refusals(size=2, clock=lambda: now[0])
        one, two = ("db", "x", 1), ("db", "x", 2)
        for _ in range(3):
            refusals.note(one, "not_yours", "192.0.2.7")
        due = refusals.take_due("db")
        self.assertEqual([(owner, tally.count) for owner, tally in due.items()], [(one, 3)])
        refusals.note(one, "too_many_requests", "192.0.2.8")
        self.assertFalse(refusals.take_due("db"))
        refusals.note(two, "not_yours", "192.0.2.7")
        self.assertEqual(list(refusals.take_due("db")), [two])
        self.assertFalse(refusals.take_due("another"))
        now[0] += 60.0
        due = refusals.take_due("db")
        self.assertEqual([(tally.count, tally.reason) for tally in due.values()], [(1, "too_many_requests")])
        refusals.give_back(due)
        refusals.note(one, "not_yours", "192.0.2.9")
        self.assertFalse(refusals.take_due("db"))
        now[0] += 60.0
        self.assertEqual([tally.count for tally in refusals.take_due("db").values()], [2])
        for number in range(9):
            refusals.note(("db", "x", number), "not_yours", "")
        self.assertEqual(len(refusals._tallies), 2)
