from odoo.exceptions import AccessError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import mute_logger

from ..models.iot_runtime_worker_home import HOME
from ..runtime.mqtt.kind import MqttKind


class TestRuntimeHome(TransactionCase):
    """A copy of the database leaves the brokers to the original."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mqtt.connection"].search([]).write({"enabled": False})
        cls.connection = cls.env["mqtt.connection"].create({"name": "Hall", "host": "broker.test"})
        cls.connection.action_start()
        cls.parameters = cls.env["ir.config_parameter"].sudo()
        cls.parameters.set_param(HOME, False)

    def wanted(self):
        found = MqttKind().wanted(self.env)
        self.env.invalidate_all()
        return found

    def copied(self, home="1234567890/1"):
        """As it is after a restore: what is stored is of another cluster."""
        self.wanted()
        self.parameters.set_param(HOME, home)

    def test_the_first_server_makes_the_home(self):
        self.assertIn(self.connection.id, self.wanted())
        home = self.parameters.get_param(HOME)
        self.env.cr.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        self.assertEqual(home.split("/")[1], str(self.env.cr.fetchone()[0]))
        self.assertTrue(home.split("/")[0], "the cluster is known")
        self.assertIn(self.connection.id, self.wanted(), "any further server, and any restart")
        self.assertFalse(self.connection.is_copy)

    def test_a_copy_stays_stopped(self):
        cluster, number = self.env["iot.runtime.worker"]._identity().split("/")
        for home in (f"9{cluster}/{number}", f"{cluster}/9{number}", f"/9{number}"):
            with self.subTest(home=home):
                self.copied(home)
                self.assertEqual(self.wanted(), {})
                self.assertTrue(self.connection.is_copy)
                self.assertEqual((self.connection.state, self.connection.enabled), ("stopped", True))
                health = self.env["iot.runtime.worker"].health()
                self.assertEqual((health["alive"], health["copied"]), (False, True))
                self.assertTrue(health["reason"])

    def test_what_is_not_known_is_no_difference(self):
        """Where the role may not look into the cluster, or may since a while only."""
        _cluster, number = self.env["iot.runtime.worker"]._identity().split("/")
        self.copied(f"/{number}")
        self.assertIn(self.connection.id, self.wanted())

    def test_a_manager_says_that_it_is_the_real_one(self):
        self.copied()
        user = new_test_user(self.env, "a iot user", "fusion_iot.group_iot_user")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self.connection.with_user(user).action_declare_original()
        manager = new_test_user(self.env, "a iot manager", "fusion_iot.group_iot_manager")
        self.connection.with_user(manager).action_declare_original()
        self.assertIn(self.connection.id, self.wanted())
        self.assertFalse(self.connection.is_copy)
        self.assertIn(manager.name, self.connection.message_ids[:1].body)

    def test_without_a_started_connection_there_is_nothing_to_say(self):
        self.connection.action_stop()
        self.copied()
        self.assertNotIn("copied", self.env["iot.runtime.worker"].health())

    def test_a_neutralised_copy_is_at_home_where_it_is(self):
        self.copied()
        for query in get_neutralization_queries(["fusion_iot"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertFalse(self.connection.enabled)
        self.connection.action_start()
        self.assertIn(self.connection.id, self.wanted())
