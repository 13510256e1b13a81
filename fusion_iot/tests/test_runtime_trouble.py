from odoo.tests import BaseCase

from fusion_iot_core.mqtt.spec import MqttSpec
from fusion_iot_core.mqtt.trouble import NoConsent, describe

FIVE = MqttSpec(1, "Hall", "broker.test", 1883, "us")
THREE = MqttSpec(1, "Hall", "broker.test", 1883, "us", protocol_version="3.1.1")


class TestTrouble(BaseCase):
    def test_a_broker_that_closes_without_a_word(self):
        said = describe(NoConsent(silent=False), FIVE)
        self.assertRegex(said.message, "closed it.*choose version 3.1.1.*expects TLS")
        self.assertFalse(said.lasting)
        self.assertIn("choose version 5 ", describe(NoConsent(silent=False), THREE).message)

    def test_a_broker_that_says_nothing(self):
        said = describe(NoConsent(silent=True), FIVE).message
        self.assertRegex(said, "No answer from broker.test:1883.*choose version 3.1.1")
        self.assertNotIn("firewall", said)

    def test_a_host_that_says_nothing(self):
        self.assertIn("firewall", describe(TimeoutError(), FIVE).message)
