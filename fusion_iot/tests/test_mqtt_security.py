from odoo.addons.fusion_base.secret import MASK
from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .mqtt_common import MqttCase, certificate_pem, key_pem, make_key

SECRETS = ("password", "client_key")
EXPORTER = "base.group_user,base.group_allow_export"


class TestMqttSecurity(MqttCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Another company"})
        cls.user = new_test_user(cls.env, "mqtt_user", f"{EXPORTER},fusion_iot.group_iot_user")
        cls.manager = new_test_user(cls.env, "mqtt_manager", f"{EXPORTER},fusion_iot.group_iot_manager")
        cls.employee = new_test_user(cls.env, "mqtt_employee", "base.group_user")
        cls.admin = new_test_user(cls.env, "mqtt_admin", "base.group_system,fusion_iot.group_iot_manager")
        cls.stranger = new_test_user(
            cls.env,
            "mqtt_stranger",
            "base.group_user,fusion_iot.group_iot_manager",
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )
        key = make_key()
        cls.connection.write(
            {
                "username": "reader",
                "password": "s3cret-word",
                "client_certificate": certificate_pem(key),
                "client_key": key_pem(key),
                "company_id": cls.env.company.id,
            }
        )
        cls.device = cls.make_device(
            "ours", company_id=cls.env.company.id, rule_ids=[(0, 0, {"quantity": "power"})]
        )
        cls.message = cls.env["mqtt.message"].create(
            {"connection_id": cls.connection.id, "topic": "t", "received_at": "2026-11-21 10:00:00"}
        )
        cls.discovery = cls.env["mqtt.discovery"].create(
            {"connection_id": cls.connection.id, "device": "x", "parser": "plain"}
        )
        cls.channel = cls.env["iot.device.channel"].create(
            {"device_id": cls.device.iot_device_id.id, "channel": "c", "quantity": "power"}
        )

    def rights(self, model, user):
        model = self.env[model].with_user(user)
        operations = zip("rwcd", ("read", "write", "create", "unlink"), strict=True)
        return "".join(letter for letter, operation in operations if model.has_access(operation))

    def test_rights_of_each_group(self):
        expected = {
            "mqtt.connection": ("", "r", "rwcd"),
            "mqtt.device": ("", "r", "rwcd"),
            "mqtt.device.rule": ("", "r", "rwcd"),
            "mqtt.device.template": ("", "r", "rwcd"),
            "mqtt.device.template.rule": ("", "r", "rwcd"),
            "mqtt.message": ("", "", "rd"),
            "mqtt.discovery": ("", "", "rwd"),
            "mqtt.paste": ("", "", "rwc"),
            "mqtt.discovery.setup": ("", "", "rwc"),
            "iot.device.channel": ("", "r", "r"),
            "iot.runtime.worker": ("", "r", "r"),
        }
        for model, wanted in expected.items():
            with self.subTest(model=model):
                users = (self.employee, self.user, self.manager)
                self.assertEqual(tuple(self.rights(model, user) for user in users), wanted)

    def ways_to_a_secret(self, user, name):
        """Every way to read, look for, order by or set a field that a remote call offers."""
        connection = self.connection.with_user(user)
        connections = self.Connection.with_user(user)
        return [
            lambda: connection.read([name]),
            lambda: connections.search_read([], [name]),
            lambda: connections.web_search_read([], {name: {}}),
            lambda: connection.web_read({name: {}}),
            lambda: connection[name],
            lambda: connection.export_data([name]),
            lambda: connections.search([(name, "like", "s3c")]),
            lambda: connections.search([], order=name),
            lambda: connections.formatted_read_group([], [name], ["__count"]),
            lambda: connection.write({name: "mine"}),
            lambda: connections.create({"name": "x", "host": "x", name: "mine"}),
        ]

    def test_secrets_are_out_of_reach(self):
        for user in (self.user, self.manager):
            for name in SECRETS:
                with self.subTest(user=user.login, name=name):
                    for attempt in self.ways_to_a_secret(user, name):
                        with self.assertRaises(AccessError):
                            attempt()
                    self.assertNotIn(name, self.Connection.with_user(user).fields_get())
            shown = str(self.connection.with_user(user).read())
            self.assertNotIn("s3cret-word", shown)
            self.assertNotIn("PRIVATE", shown)

    def test_a_name_behind_a_relation_gives_no_secret_away(self):
        devices = self.env["mqtt.device"].with_user(self.manager)
        with self.assertRaises(AccessError):
            devices.search([("connection_id.password", "like", "s3c")])
        with self.assertRaises(AccessError):
            self.device.with_user(self.manager).export_data(["connection_id/password"])

    def test_a_copy_takes_no_secret_along(self):
        copy = self.connection.with_user(self.manager).copy().sudo()
        self.assertFalse(any(copy[name] for name in SECRETS))
        self.assertEqual(copy.host, self.connection.host)

    def test_an_administrator_sets_them_and_sees_that_they_are_set(self):
        connection = self.connection.with_user(self.admin)
        self.assertEqual(connection.read(["password"])[0]["password"], MASK)
        connection.password = "another"
        self.assertEqual(self.connection._spec().password, "another")

    def test_the_user_name_is_for_managers(self):
        self.assertEqual(self.connection.with_user(self.manager).username, "reader")
        with self.assertRaises(AccessError):
            self.connection.with_user(self.user).read(["username"])

    def test_secrets_leave_no_trace_in_the_log_of_changes(self):
        self.connection.with_user(self.admin).write({"password": "traceable", "host": "elsewhere.test"})
        self.env.flush_all()
        self.cr.precommit.run()
        texts = " ".join(
            str(value)
            for message in self.connection.message_ids
            for value in (message.body, message.tracking_value_ids.read())
        )
        self.assertIn("elsewhere.test", texts)
        self.assertNotIn("traceable", texts)
        self.assertNotIn("s3cret", texts)

    def test_a_manager_cannot_have_the_password_sent_elsewhere(self):
        connection = self.connection.with_user(self.manager)
        for values in (
            {"host": "thief.test"},
            {"port": 1884},
            {"tls_insecure": True},
            {"ca_certificate": certificate_pem(make_key())},
        ):
            with self.subTest(values=sorted(values)), self.assertRaises(AccessError):
                connection.write(values)
        connection.write({"host": self.connection.host, "keepalive": 30, "enabled": True})
        self.connection.password = False
        connection.host = "free.test"
        self.connection.with_user(self.admin).write({"password": "x", "host": "admin.test"})

    def test_only_managers_start_and_stop(self):
        connection = self.connection.with_user(self.user)
        for attempt in (connection.action_start, connection.action_stop):
            with self.assertRaises(AccessError):
                attempt()

    def test_a_user_reads_devices_and_state(self):
        device = self.device.with_user(self.user)
        self.assertEqual(
            (device.name, device.connection_id.name, device.connection_state), ("ours", "Line", "stopped")
        )
        self.assertEqual(device.channel_ids.channel, "c")
        self.assertEqual(self.connection.with_user(self.user).state, "stopped")
        self.assertEqual(self.connection.with_user(self.user).discovery_count, 0)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_another_company(self):
        records = (
            self.connection,
            self.device,
            self.device.rule_ids,
            self.message,
            self.discovery,
            self.channel,
        )
        for record in records:
            with self.subTest(model=record._name):
                theirs = record.with_user(self.stranger)
                self.assertFalse(theirs.search([("id", "in", record.ids)]))
                with self.assertRaises(AccessError):
                    theirs.read(["display_name"])
        for record in (self.connection, self.device):
            with self.assertRaises(AccessError):
                record.with_user(self.stranger).write({"name": "Taken over"})
        shared = self.Connection.create({"name": "Shared", "host": "shared.test"})
        self.assertEqual(shared.with_user(self.stranger).name, "Shared")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_another_company_does_not_set_up_what_is_ours(self):
        with self.assertRaises(AccessError):
            self.discovery.with_user(self.stranger).action_set_up()
        with self.assertRaises(AccessError):
            self.env["mqtt.discovery.setup"].with_user(self.stranger).create(
                {
                    "discovery_id": self.discovery.id,
                    "name": "x",
                    "device_id": "x",
                    "parser_type": "plain",
                    "topic_pattern": "x",
                }
            ).action_confirm()

    def test_what_is_internal_is_not_callable_from_outside(self):
        from odoo.service.model import get_public_method

        for model, name in (
            ("mqtt.connection", "_spec"),
            ("mqtt.device", "_routes"),
            ("mqtt.message", "_gc"),
        ):
            with self.assertRaises(AccessError):
                get_public_method(self.env[model], name)
