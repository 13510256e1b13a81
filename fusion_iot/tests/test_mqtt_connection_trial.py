from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from fusion_iot_core.mqtt.probe import TestResult

from .mqtt_common import MqttCase, certificate_pem, key_pem, make_key

_TRIAL = "odoo.addons.fusion_iot.models.mqtt_connection_runtime.test_connection"


class TestMqttConnectionTrial(MqttCase):
    """What *Test connection* tries is what is on the screen, and nothing of it stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(cls.env, "trial_admin", "base.group_system,fusion_iot.group_iot_manager")
        cls.manager = new_test_user(cls.env, "trial_manager", "base.group_user,fusion_iot.group_iot_manager")
        cls.user = new_test_user(cls.env, "trial_user", "base.group_user,fusion_iot.group_iot_user")
        cls.connection.write({"username": "reader", "password": "stored"})

    def trial(self, connection, user, **values):
        """What would be connected with: settings and filters."""
        with patch(_TRIAL, return_value=TestResult(False, 1.5, "Nothing there.")) as tried:
            result = connection.with_user(user).try_settings(values)
        self.assertEqual(result, {"ok": False, "milliseconds": 1500, "message": "Nothing there."})
        return tried.call_args.args

    def test_what_is_typed_is_tried_and_not_kept(self):
        self.make_device("a")
        self.env.flush_all()
        self.cr.precommit.run()
        self.connection.invalidate_recordset()
        before = self.connection.sudo().read()
        messages = self.env["mail.message"].search_count([])
        spec, filters = self.trial(
            self.connection, self.admin, host=" other.test ", port=18_999, discovery=False, keepalive=7
        )
        self.assertEqual((spec.host, spec.port, spec.keepalive), ("other.test", 18_999, 7))
        self.assertEqual((spec.username, spec.password), ("reader", "stored"))
        self.assertEqual(filters, ("tele/a/#",))
        self.env.flush_all()
        self.cr.precommit.run()
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.sudo().read(), before)
        self.assertEqual(self.env["mail.message"].search_count([]), messages)

    def test_a_typed_password_and_a_cleared_one(self):
        self.assertEqual(self.trial(self.connection, self.admin, password="typed")[0].password, "typed")
        self.assertEqual(self.trial(self.connection, self.admin, password=False)[0].password, "")
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection._spec().password, "stored")

    def test_typed_certificates(self):
        key = make_key()
        texts = {
            "ca_certificate": certificate_pem(key),
            "client_certificate": certificate_pem(key),
            "client_key": key_pem(key),
        }
        spec, _filters = self.trial(self.connection, self.admin, tls=True, protocol_version="3.1.1", **texts)
        self.assertEqual({name: getattr(spec, name) for name in texts}, texts)
        self.assertEqual((spec.tls, spec.tls_insecure, spec.protocol_version), (True, False, "3.1.1"))

    def test_a_new_connection(self):
        count = self.Connection.search_count([])
        spec, filters = self.trial(self.Connection, self.admin, host="new.test", name="", password="typed")
        self.assertEqual((spec.id, spec.host, spec.port, spec.password), (0, "new.test", 1883, "typed"))
        self.assertTrue(spec.client_id)
        self.assertEqual(filters, ("#",))
        self.env.flush_all()
        self.assertEqual(self.Connection.search_count([]), count)

    def test_what_could_not_be_saved_is_not_tried(self):
        for wrong in ({"host": "a b"}, {"host": ""}, {"port": 0}, {"client_key": "nonsense"}):
            with self.subTest(values=wrong), self.assertRaises(ValidationError):
                self.trial(self.connection, self.admin, **wrong)

    def test_a_stored_password_goes_nowhere_else(self):
        for values in (
            {"host": "thief.test"},
            {"port": 1884},
            {"tls": True},
            {"tls_insecure": True},
            {"ca_certificate": certificate_pem(make_key())},
        ):
            with self.subTest(values=sorted(values)), self.assertRaisesRegex(AccessError, "password"):
                self.trial(self.connection, self.manager, **values)
        spec, _filters = self.trial(self.connection, self.manager, host="broker.test", keepalive=30)
        self.assertEqual((spec.host, spec.password), ("broker.test", "stored"))
        self.connection.password = False
        self.assertEqual(self.trial(self.connection, self.manager, host="free.test")[0].host, "free.test")
        self.assertEqual(self.trial(self.Connection, self.manager, host="new.test")[0].password, "")

    def test_who_may(self):
        for connection in (self.connection, self.Connection):
            with self.assertRaises(AccessError):
                self.trial(connection, self.user, host="broker.test")
        with self.assertRaises(AccessError):
            self.trial(self.connection, self.manager, password="typed")
        company = self.env["res.company"].create({"name": "Another company"})
        self.connection.company_id = company
        with self.assertRaises(AccessError):
            self.trial(self.connection, self.manager)
