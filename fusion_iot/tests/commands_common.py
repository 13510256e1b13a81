from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .mqtt_common import MqttCase


class PlugCase(MqttCase):
    """A plug with one switch, the pump, over a connection that is wanted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.enabled = True
        cls.plug = cls.make_device("plug", topic_pattern="+/plug/#", parser_type="tasmota")
        cls.device = cls.plug.iot_device_id
        cls.pump = cls.env["iot.device.switch"].create({"device_id": cls.device.id, "name": "Pump"})


class CommandCase(PlugCase):
    """The plug with an operator, who may switch it, and a user, who may not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(cls.env, "command_operator", "fusion_iot.group_iot_operator")
        cls.user = new_test_user(cls.env, "command_user", "fusion_iot.group_iot_user")

    def switch(self, on=True, user=None, key=None):
        pump = self.pump.with_user(user or self.operator)
        (command_id,) = pump._switch(on, key)["params"]["ids"]
        return self.env["iot.command"].browse(command_id)

    def refused(self, call, error=AccessError):
        loggers = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
        with mute_logger(*loggers), self.assertRaises(error):
            call()
