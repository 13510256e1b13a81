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
