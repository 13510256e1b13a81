import json
from datetime import timedelta

from odoo.addons.fusion_iot.models import iot_device_channel
from odoo.tests import new_test_user, tagged

from fusion_iot_core.protocol import read_json_readings
from fusion_iot_core.protocol.parsers import Message, ParserSettings, read

from .common import OTHER_SERIAL, SERIAL, TankCase

GATEWAY = "tasmota_0000AA"
SHELLY = "shellyplus1-0000000000aa"
PLACE = "temperature:100"
JUDGED = (
    *(
        "value",
        "raw_value",
        "raw_unit",
        "unit",
        "read_at",
        "received_at",
        "time_source",
        "quality",
        "in_spec",
    ),
    *("spec_min", "spec_max", "action_min", "action_max", "tank_id", "bath_id", "parameter_id", "user_id"),
)
HELD = (
    *("state", "value", "worst_value", "unit", "quantity", "limit_min", "limit_max", "excursion_count"),
    *("date_start", "date_back_in_spec", "tank_id", "bath_id", "parameter_id"),
)


@tagged("post_install", "-at_install")
class TestMqtt(TankCase):
    """What devices publish does what the same readings do by HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.device = cls.env["iot.device"].create({"name": "Add-on", "identifier": SHELLY})
        cls.placed = cls._make_sensor(
            False, name="Add-on 1", iot_device_id=cls.device.id, device_channel=PLACE, device_kind="shelly"
        )

    def setUp(self):
        super().setUp()
        iot_device_channel._noted.forget()

    def at(self, seconds):
        return self.start + timedelta(seconds=seconds)

    def publish(self, seconds, topic, payload, retained=False):
        """Take over a message as the runtime does: parsed, with the time of its receipt."""
        message = Message(topic, json.dumps(payload).encode(), self.at(seconds), retained)
        parsed = read(message, settings=ParserSettings(timezone="UTC"))
        return self.env["iot.ingest"].ingest(
            parsed.measurements, source="mqtt", received_at=message.received_at
        )

    def tasmota(self, seconds, value, unit="C", serial=SERIAL, gateway=GATEWAY, **more):
        sensors = {
            "DS18B20-1": {"Id": serial.removeprefix("28-").upper(), "Temperature": value},
            "DS18B20-2": {"Id": "0000000000EE", "Temperature": 20.0},
        }
        payload = {"Time": f"{self.at(seconds):%Y-%m-%dT%H:%M:%S}", **sensors, "TempUnit": unit}
        return self.publish(seconds, f"tele/{gateway}/SENSOR", payload, **more)

    def shelly(self, seconds, status, number=100, **more):
        component = f"temperature:{number}"
        params = {"ts": self.at(seconds).timestamp(), component: {"id": number, **status}}
        payload = {"src": SHELLY, "dst": f"{SHELLY}/events", "method": "NotifyStatus", "params": params}
        return self.publish(seconds, f"{SHELLY}/events/rpc", payload, **more)

    def post(self, seconds, value, serial=SERIAL):
        body = {"device_serial": serial, "value": value, "read_at": self.at(seconds).isoformat()}
        readings = read_json_readings(body).measurements
        return self.env["iot.ingest"].ingest(readings, source="http", received_at=self.at(seconds))

    def assertSame(self, sensor, other):
        for records, names in ((self.readings, JUDGED), (self.holds, HELD)):
            ours, theirs = records(sensor), records(other)
            self.assertTrue(ours)
            self.assertEqual(
                [[record[name] for name in names] for record in ours],
                [[record[name] for name in names] for record in theirs],
            )
        self.assertEqual(set(self.readings(sensor).mapped("source")), {"mqtt"})
        self.assertEqual(sensor.last_reading_value, other.last_reading_value)

    def test_tasmota_raises_the_same_hold_as_a_post(self):
        posted = self._make_sensor(OTHER_SERIAL, device_kind="ds18b20")
        for seconds, value in enumerate((80.0, 95.5, 96.0, 82.0, 81.0)):
            self.tasmota(60 * seconds, value)
            self.post(60 * seconds, value, OTHER_SERIAL)
        self.assertSame(self.sensor, posted)

    def test_a_channel_of_a_shelly_raises_the_same_hold_as_a_post(self):
        posted = self._make_sensor(OTHER_SERIAL, device_kind="shelly")
        for seconds, value in enumerate((80.0, 95.5, 96.0, 82.0, 81.0)):
            self.shelly(60 * seconds, {"tC": value, "tF": value * 1.8 + 32})
            self.shelly(60 * seconds, {"tC": 20.0, "tF": 68.0}, number=101)
            self.post(60 * seconds, value, OTHER_SERIAL)
        self.assertSame(self.placed, posted)

    def test_fahrenheit_is_judged_as_celsius(self):
        self.tasmota(0, 203.0, unit="F")
        self.assertEqual(self.readings().mapped("value"), [95.0])
        self.assertEqual(len(self.holds()), 1)

    def test_a_probe_is_known_by_its_topic_and_by_a_key(self):
        """The usual form of scripts on a Raspberry Pi."""
        sensor = self._make_sensor("28-95ccc70664ff")
        for seconds, topic, payload in (
            (0, "ds18b20/28-95ccc70664ff", 71.375),
            (30, "pi/w1/28-95ccc70664ff/temperature", 71.5),
            (60, "w1", {"28-95ccc70664ff": 71.625}),
            (90, "node/sensor/0xb195ccc70664ff28/state", 71.75),
            (120, "w1/28ff6406c7cc95b1", {"value": 71.875}),
        ):
            self.assertEqual(self.publish(seconds, topic, payload).accepted, 1, topic)
        self.assertEqual(self.readings(sensor).mapped("value"), [71.375, 71.5, 71.625, 71.75, 71.875])

    def test_the_unit_of_a_sensor_knows_better_than_what_is_assumed(self):
        sensor = self._make_sensor("28-95ccc70664ff", device_unit="°F")
        self.publish(0, "ds18b20/28-95ccc70664ff", 158)
        self.publish(30, "w1", {"28-95ccc70664ff": "70 °C"})
        self.assertEqual([round(value, 6) for value in self.readings(sensor).mapped("value")], [70.0, 70.0])

    def test_a_reading_by_hand_can_be_taken_from_the_device(self):
        Reading = self.env["fp.tank.reading"].with_user(
            new_test_user(self.env, "taker", "fusion_plating.group_plating_operator")
        )
        self.assertFalse(Reading.new({"sensor_id": self.sensor.id}).device_source, "on no device yet")
        self.shelly(0, {"tC": 80.0, "tF": 176.0})
        source = Reading.new({"sensor_id": self.placed.id}).device_source
        self.assertEqual(
            [source[name] for name in ("identifier", "channel", "quantity", "unit", "scale", "offset")],
            [SHELLY, PLACE, "temperature", "°C", 1.0, 0.0],
        )
        self.assertEqual(source["stale_after"], self.placed.silent_after)
        told = self.env["iot.device"].with_user(Reading.env.user).listen([source["identifier"]])
        (row,) = told[SHELLY]["channels"]
        self.assertEqual((row["channel"], row["quantity"], row["value"]), (PLACE, "temperature", 80.0))
        self.assertFalse(self.readings(self.placed).device_source, "a stored reading is what it is")

    def test_a_probe_with_a_serial_is_taken_from_where_it_hangs(self):
        for gateway in (GATEWAY, "tasmota_0000BB"):
            self.env["iot.device"].create({"name": gateway, "identifier": gateway})
        self.sensor.write({"parameter_id": False, "device_unit": "°F"})
        self.tasmota(0, 80.0)
        self.tasmota(60, 81.0, gateway="tasmota_0000BB")
        source = self.sensor._device_source()
        self.assertEqual((source["identifier"], source["channel"]), ("tasmota_0000BB", "DS18B20-1"))
        self.assertEqual(source["unit"], "°F")
        self.assertAlmostEqual(81.0 * source["scale"] + source["offset"], 177.8)

    def test_a_probe_that_moves_to_another_gateway_stays_itself(self):
        self.tasmota(0, 95.0)
        self.tasmota(60, 96.0, gateway="tasmota_0000BB")
        self.assertEqual(len(self.readings()), 2)
        self.assertEqual((len(self.holds()), self.holds().excursion_count), (1, 1))

    def test_a_broken_probe_is_a_fault_and_no_cold_tank(self):
        self.placed.expected_interval = 0
        self.shelly(0, {"tC": 80.0, "tF": 176.0})
        self.shelly(60, {"tC": None, "tF": None, "errors": ["read"]})
        self.assertEqual(self.readings(self.placed).mapped("quality"), ["good", "bad"])
        self.assertEqual(self.placed.status, "fault")
        self.assertFalse(self.holds(self.placed))

    def test_what_the_broker_kept_counts_only_with_its_own_time(self):
        self.publish(0, f"{SHELLY}/status/{PLACE}", {"id": 100, "tC": 95.0, "tF": 203.0}, retained=True)
        self.assertFalse(self.readings(self.placed))
        self.shelly(60, {"tC": 80.0, "tF": 176.0}, retained=True)
        self.shelly(60, {"tC": 80.0, "tF": 176.0})
        self.assertEqual(self.readings(self.placed).mapped("value"), [80.0])

    def test_other_values_of_the_device_are_no_readings(self):
        report = self.publish(
            0,
            f"{SHELLY}/status/switch:0",
            {
                "id": 0,
                "output": True,
                "apower": 95.0,
                "voltage": 230.0,
                "temperature": {"tC": 95.0, "tF": 203.0},
            },
        )
        self.assertEqual((report.accepted, report.rejected), (0, ()))
        self.assertGreaterEqual(report.noted, 3)
        self.assertFalse(self.readings(self.placed))
