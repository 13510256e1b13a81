from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .mqtt_common import MqttCase, certificate_pem, key_pem, make_key


class TestConnection(MqttCase):
    def refuse(self, **values):
        with self.assertRaises(ValidationError) as caught, self.cr.savepoint():
            self.connection.write(values)
        return str(caught.exception)

    def worker(self, **values):
        now = fields.Datetime.now()
        workers = self.env["iot.runtime.worker"]
        worker = workers.browse(workers._list("mqtt", self.connection)[self.connection.id])
        worker.write({"listed_at": now, "beat_at": now, **values})
        return worker

    def test_a_new_connection_is_short_to_fill_in(self):
        with Form(self.Connection) as form:
            form.name = "Shop floor"
            form.host = "10.0.0.5"
        connection = form.record
        self.assertEqual((connection.port, connection.tls, connection.enabled), (1883, False, False))
        self.assertEqual(connection.state, "stopped")
        self.assertTrue(connection.discovery)

    def test_hosts(self):
        for host in ("localhost", "mqtt.example.org", "10.0.0.5", "fe80::1", "[::1]", "my_broker", "brücke"):
            with self.subTest(host=host):
                self.connection.host = host
        for host in ("mqtt://x", "x:1883", "a b", "x/y", "-", "", "a..b", "x" * 254):
            with self.subTest(host=host):
                if host == "-":
                    continue
                self.assertIn("broker", self.refuse(host=host))

    def test_blanks_around_what_was_pasted(self):
        self.connection.write({"host": " mqtt.example.org\n", "username": " reader "})
        self.assertEqual((self.connection.host, self.connection.username), ("mqtt.example.org", "reader"))

    def test_ranges(self):
        cases = {
            "port": (0, 65_536),
            "keepalive": (0, 4, 3_601),
            "session_expiry": (-1,),
            "inflight_window": (0, 65_536),
            "batch_size": (0, 10_001),
            "flush_interval": (0, 5_001),
            "log_keep_count": (0,),
            "log_keep_mib": (0,),
            "topic_rate": (0,),
            "device_rate": (0,),
            "connection_rate": (0,),
            "log_keep_days": (0,),
        }
        for name, values in cases.items():
            for value in values:
                with self.subTest(name=name, value=value):
                    self.assertIn(str(value), self.refuse(**{name: value}))

    def test_the_filter_of_the_discovery(self):
        for wrong in ("", "a/#/b", "a+/b", "#a"):
            with self.subTest(filter=wrong):
                self.refuse(discovery_filter=wrong)
        self.connection.write({"discovery": False, "discovery_filter": ""})

    def test_an_address_that_was_pasted_whole(self):
        cases = [
            ("mqtts://mqtt.example.org", ("mqtt.example.org", 8883, True)),
            ("mqtt://10.0.0.5:1884/", ("10.0.0.5", 1884, False)),
            ("ssl://[::1]:9000", ("::1", 9000, True)),
        ]
        for pasted, expected in cases:
            with self.subTest(pasted=pasted), Form(self.Connection) as form:
                form.name = "Pasted"
                form.host = pasted
                self.assertEqual((form.host, form.port, form.tls), expected)

    def test_the_port_goes_with_tls(self):
        form = Form(self.connection)
        form.tls = True
        self.assertEqual(form.port, 8883)
        form.port = 18_883
        form.tls = False
        self.assertEqual(form.port, 18_883)

    def test_client_id_is_stable(self):
        uuid = self.env["ir.config_parameter"].get_param("database.uuid").replace("-", "")
        client_id = f"fusion-{uuid[:8]}-{self.connection.id}"
        self.assertEqual(self.connection.client_id, client_id)
        self.connection.write({"name": "Renamed", "host": "other.test", "port": 1884})
        self.assertEqual(self.connection.client_id, client_id)
        self.connection.client_id = "mine"
        self.assertEqual(self.connection.client_id, "mine")
        self.connection.client_id = False
        self.assertEqual(self.connection.client_id, client_id)

    @mute_logger("odoo.sql_db")
    def test_client_id_is_unique_at_a_broker(self):
        other = self.connection.copy({"host": "BROKER.test"})
        self.assertNotEqual(other.client_id, self.connection.client_id)
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            other.client_id = self.connection.client_id
        other.write({"host": "other.test", "client_id": self.connection.client_id})

    def test_client_id_is_printable(self):
        self.refuse(client_id="a\tb")
        self.refuse(client_id="x" * 129)

    def test_certificates(self):
        key = make_key()
        for wrong in (
            "nonsense",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            key_pem(key),
            certificate_pem(key) + key_pem(key),
        ):
            for name in ("ca_certificate", "client_certificate"):
                with self.subTest(name=name, text=wrong[:30]):
                    self.refuse(**{name: wrong})
        self.assertIn("Client key", self.refuse(ca_certificate=key_pem(key)))
        chain = "Bag Attributes\n" + certificate_pem(key) + certificate_pem(make_key(), name="Root")
        self.connection.write({"ca_certificate": chain, "client_certificate": certificate_pem(key)})

    def test_client_keys(self):
        key = make_key()
        self.assertIn("not a private key", self.refuse(client_key="nonsense"))
        self.assertIn("not a private key", self.refuse(client_key=certificate_pem(key)))
        self.assertIn("passphrase", self.refuse(client_key=key_pem(key, b"secret")))
        self.connection.client_key = key_pem(key)

    def test_what_is_allowed_but_likely_not_meant(self):
        key = make_key()
        cases = [
            ({}, ""),
            ({"tls": True}, "8883"),
            ({"port": 8883}, "TLS is off"),
            ({"username": "reader"}, "readable"),
            ({"username": "reader", "host": "localhost"}, ""),
            ({"username": "reader", "host": "127.0.0.1"}, ""),
            ({"clean_session": True}, "lost"),
            ({"tls": True, "port": 8883}, ""),
            ({"tls": True, "port": 8883, "ca_certificate": certificate_pem(key, days=-1)}, "has expired"),
            ({"tls": True, "port": 8883, "ca_certificate": certificate_pem(key, days=10)}, "expires on"),
            ({"tls": True, "port": 8883, "client_certificate": certificate_pem(key)}, "missing"),
            (
                {
                    "tls": True,
                    "port": 8883,
                    "client_certificate": certificate_pem(key),
                    "client_key": key_pem(make_key()),
                },
                "is not the key",
            ),
            (
                {
                    "tls": True,
                    "port": 8883,
                    "client_certificate": certificate_pem(key),
                    "client_key": key_pem(key),
                },
                "",
            ),
        ]
        for values, expected in cases:
            with self.subTest(values=sorted(values), expected=expected):
                connection = self.Connection.new({"name": "x", "host": "broker.test", "port": 1883, **values})
                if expected:
                    self.assertIn(expected, connection.warning)
                else:
                    self.assertFalse(connection.warning)

    def test_start_and_stop(self):
        self.connection.action_start()
        self.assertEqual((self.connection.enabled, self.connection.state), (True, "waiting"))
        self.connection.action_stop()
        self.assertEqual((self.connection.enabled, self.connection.state), (False, "stopped"))
        self.connection.active = False
        with self.assertRaises(UserError):
            self.connection.action_start()

    def test_the_state_is_that_of_its_worker(self):
        self.connection.action_start()
        worker = self.worker(
            state="connected", owner="host:1", rate=12.5, connected_since=fields.Datetime.now()
        )
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.worker_id, worker)
        self.assertEqual(
            (self.connection.state, self.connection.owner, self.connection.rate),
            ("connected", "host:1", 12.5),
        )
        self.assertIn(self.connection, self.Connection.search([("state", "=", "connected")]))
        self.assertNotIn(self.connection, self.Connection.search([("state", "!=", "connected")]))
        self.connection.enabled = False
        self.assertEqual(self.connection.state, "stopped")

    def test_a_server_that_died_leaves_nothing_green(self):
        self.connection.action_start()
        self.worker(state="connected", beat_at=fields.Datetime.now() - timedelta(minutes=1))
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.state, "waiting")

    def test_an_archived_one_is_stopped(self):
        self.connection.action_start()
        self.connection.active = False
        self.assertEqual(self.connection.state, "stopped")

    def test_a_copy_is_not_started(self):
        self.connection.write({"enabled": True, "password": "secret", "username": "reader"})
        copy = self.connection.copy()
        self.assertFalse(copy.enabled)
        self.assertFalse(copy.password)
        self.assertFalse(copy.username)
        self.assertIn("copy", copy.name)

    def test_one_that_is_used_stays(self):
        self.connection.action_start()
        with self.assertRaisesRegex(UserError, "Stop it first"):
            self.connection.unlink()
        self.connection.action_stop()
        device = self.make_device("gw")
        device.active = False
        with self.assertRaisesRegex(UserError, "1 devices"):
            self.connection.unlink()
        device.unlink()
        self.connection.unlink()

    def test_the_runtime_is_told_of_every_change(self):
        with patch.object(type(self.env["iot.runtime.worker"]), "_wake") as wake:
            for change in (
                lambda: self.Connection.create({"name": "New", "host": "new.test"}),
                lambda: self.connection.write({"keepalive": 30}),
                self.connection.action_start,
                self.connection.action_stop,
                self.connection.unlink,
            ):
                wake.reset_mock()
                change()
                wake.assert_called()

    def test_the_settings_as_plain_values(self):
        self.connection.write({"password": "secret", "tls": True, "discovery_filter": "tele/#"})
        spec = self.connection._spec()
        self.assertEqual((spec.host, spec.port, spec.password), ("broker.test", 1883, "secret"))
        self.assertEqual((spec.client_id, spec.discovery_filter), (self.connection.client_id, "tele/#"))
        self.assertNotIn("secret", repr(spec))
        self.connection.discovery = False
        self.assertEqual(self.connection._spec().discovery_filter, "")

    def test_what_is_subscribed(self):
        self.make_device("a")
        self.make_device("b")
        self.assertEqual(self.connection._filters(), ("#",))
        self.connection.discovery = False
        self.assertEqual(self.connection._filters(), ("tele/a/#", "tele/b/#"))

    def test_a_copied_database_is_not_connected(self):
        self.connection.action_start()
        from odoo.modules.neutralize import get_neutralization_queries

        self.env.flush_all()
        for query in get_neutralization_queries(["fusion_iot"]):
            self.env.cr.execute(query)
        self.connection.invalidate_recordset()
        self.assertFalse(self.connection.enabled)

    def test_counts(self):
        self.make_device("a")
        self.env["mqtt.discovery"].create(
            {"connection_id": self.connection.id, "device": "x", "parser": "plain"}
        )
        self.connection.invalidate_recordset()
        self.assertEqual((self.connection.device_count, self.connection.discovery_count), (1, 1))
