"""Tasmota: what a person reads in each message, and nothing else."""

import json

import pytest

from fusion_iot_core.protocol.parsers import PARSERS, Message, ParserSettings, detect
from tests.unit.message_cases import NOW, measured, parse, told

TASMOTA = "tasmota"


def sensor(payload, topic="tele/t/SENSOR", **settings):
    return measured(parse(topic, payload, TASMOTA, **settings))


SENSORS = [
    # one probe, with and without Id, several, given a name, named by the end of the Id
    (
        '{"DS18B20":{"Id":"0000048EC44C","Temperature":61.4}}',
        ["DS18B20 temperature 61.4 °C #28-0000048ec44c"],
    ),
    ('{"DS18B20":{"Temperature":18.2},"TempUnit":"C"}', ["DS18B20 temperature 18.2 °C"]),
    (
        '{"DS18B20-1":{"Id":"0316A2796EDE","Temperature":-4.5},'
        '"DS18B20-2":{"Id":"0416C1B1B5FF","Temperature":88.25},"TempUnit":"C"}',
        [
            "DS18B20-1 temperature -4.5 °C #28-0316a2796ede",
            "DS18B20-2 temperature 88.25 °C #28-0416c1b1b5ff",
        ],
    ),
    ('{"Nickel":{"Id":"000003287CD8","Temperature":88.3}}', ["Nickel temperature 88.3 °C #28-000003287cd8"]),
    (
        '{"DS18Sens_2":{"Id":"000003287CD8","Temperature":26.3}}',
        ["DS18Sens_2 temperature 26.3 °C #28-000003287cd8"],
    ),
    (
        '{"DS18B20_C44C":{"Id":"0000048EC44C","Temperature":85.0}}',
        ["DS18B20_C44C temperature 85 °C #28-0000048ec44c"],
    ),
    # other families on the wire keep their family code
    (
        '{"DS18S20":{"Id":"000802824E58","Temperature":25.5}}',
        ["DS18S20 temperature 25.5 °C #10-000802824e58"],
    ),
    # firmware 5 printed the whole ROM
    (
        '{"DS18x20":{"DS1":{"Type":"DS18B20","Address":"28FF6406C7CC95B1","Temperature":22.7}}}',
        ["DS18x20.DS1 temperature 22.7 °C #28-95ccc70664ff"],
    ),
    # Fahrenheit
    ('{"DS18B20":{"Temperature":185.0},"TempUnit":"F"}', ["DS18B20 temperature 85 °C"]),
    (
        '{"TempUnit":"F","SI7021":{"Temperature":71.2,"Humidity":40.1}}',
        ["SI7021 temperature 21.77777778 °C", "SI7021 humidity 40.1 %"],
    ),
    ('{"DS18B20":{"Temperature":185.0},"TempUnit":"R"}', ["problem invalid_unit"]),
    # broken probes
    ('{"DS18B20":{"Id":"0000048EC44C","Temperature":null}}', ["DS18B20 temperature bad °C #28-0000048ec44c"]),
    ('{"DS18B20":{"Temperature":-127.0}}', ["DS18B20 temperature bad °C"]),
    ('{"DS18B20":{"Temperature":-196.6},"TempUnit":"F"}', ["DS18B20 temperature bad °C"]),
    ('{"DS18B20":{"Temperature":-197},"TempUnit":"F"}', ["DS18B20 temperature bad °C"]),
    ('{"DS18B20":{"Temperature":127.9}}', ["DS18B20 temperature bad °C"]),
    ('{"Oven":{"Id":"000003287CD8","Temperature":128}}', ["Oven temperature bad °C #28-000003287cd8"]),
    (
        '{"AM2301":{"Temperature":null,"Humidity":null,"DewPoint":null}}',
        ["AM2301 temperature bad °C", "AM2301 humidity bad %"],
    ),
    # what only looks like it
    ('{"DS18B20":{"Temperature":85.0}}', ["DS18B20 temperature 85 °C"]),
    (
        '{"MAX31855":{"ProbeTemperature":127.9,"ReferenceTemperature":24.1,"Error":0}}',
        ["MAX31855 temperature 127.9 °C", "MAX31855 device_temperature 24.1 °C"],
    ),
    (
        '{"MAX31855":{"ProbeTemperature":0.0,"ReferenceTemperature":24.1,"Error":1}}',
        ["MAX31855 temperature bad °C", "MAX31855 device_temperature bad °C"],
    ),
    ('{"MAX31865":{"Temperature":231.4,"Resistance":187.2,"Error":0}}', ["MAX31865 temperature 231.4 °C"]),
    ('{"DS18B20":{"Temperature":"21.8"}}', ["problem invalid_value"]),
    ('{"DS18B20":{"Temperature":NaN}}', ["DS18B20 temperature bad °C"]),
    (
        '{"DS18B20":{"Temperature":true},"AM2301":{"Humidity":40}}',
        ["problem invalid_value", "AM2301 humidity 40 %"],
    ),
    ('{"DS18B20":{"Temperature":1},"DS18B20":{"Temperature":2}}', ["problem invalid_value"]),
    # climate; derived values are left out
    (
        '{"BME280":{"Temperature":27.8,"Humidity":54.5,"DewPoint":17.8,"Pressure":1018.0,"SeaPressure":1025.2},'
        '"PressureUnit":"hPa","TempUnit":"C"}',
        ["BME280 temperature 27.8 °C", "BME280 humidity 54.5 %", "BME280 pressure 1.018 bar"],
    ),
    ('{"BMP280":{"Pressure":760.0},"PressureUnit":"mmHg"}', ["BMP280 pressure 1.013250144 bar"]),
    ('{"BMP280":{"Pressure":29.92},"PressureUnit":"inHg"}', ["BMP280 pressure 1.013207489 bar"]),
    ('{"BMP280":{"Pressure":984.4}}', ["BMP280 pressure 0.9844 bar"]),
    ('{"BMP280":{"Pressure":984.4},"PressureUnit":"bananas"}', ["problem invalid_unit"]),
    (
        '{"SHT3X-0x44":{"Temperature":22.1,"Humidity":57.5,"DewPoint":13.3}}',
        ["SHT3X-0x44 temperature 22.1 °C", "SHT3X-0x44 humidity 57.5 %"],
    ),
    (
        '{"AM2301-14":{"Temperature":5.1,"Humidity":99.9,"DewPoint":5.0}}',
        ["AM2301-14 temperature 5.1 °C", "AM2301-14 humidity 99.9 %"],
    ),
    (
        '{"Temperature":25,"Humidity":83,"Light":10,"Noise":20,"AirQuality":100}',
        ["- temperature 25 °C", "- humidity 83 %"],
    ),
    ('{"BH1750":{"Illuminance":171},"Switch1":"ON","COUNTER":{"C1":7}}', []),
    # heat of the device, not of a probe
    ('{"ESP32":{"Temperature":45.6},"TempUnit":"C"}', ["ESP32 device_temperature 45.6 °C"]),
    ('{"BL0940":{"Temperature":104.0},"TempUnit":"F"}', ["BL0940 device_temperature 40 °C"]),
    # analog inputs
    ('{"ANALOG":{"Temperature":33.3},"TempUnit":"C"}', ["ANALOG temperature 33.3 °C"]),
    (
        '{"ANALOG":{"Temperature1":-3.2,"Temperature2":5,"A3":511}}',
        ["ANALOG.1 temperature -3.2 °C", "ANALOG.2 temperature 5 °C"],
    ),
    ('{"ANALOG":{"A0":1024,"Range1":88}}', []),
    ('{"ANALOG":{"pH1":6.87}}', ["ANALOG.1 ph 6.87 pH"]),
    (
        '{"ANALOG":{"CTEnergy":{"Energy":2.571,"Power":1230.000,"Voltage":230.000,"Current":5.347}}}',
        [
            "ANALOG.CTEnergy energy 2571 Wh",
            "ANALOG.CTEnergy power 1230 W",
            "ANALOG.CTEnergy voltage 230 V",
            "ANALOG.CTEnergy current 5.347 A",
        ],
    ),
    ('{"ANALOG":{"CTEnergy2":{"Energy":62.962}}}', ["ANALOG.CTEnergy2 energy 62962 Wh"]),
    # probes of a plating line
    ('{"EZO":{"pH":4.62}}', ["EZO ph 4.62 pH"]),
    (
        '{"EZO-1":{"pH":4.62},"EZO-2":{"EC":1413.000},"EZO-3":{"Temperature":25.1}}',
        ["EZO-1 ph 4.62 pH", "EZO-2 conductivity 1.413 mS/cm", "EZO-3 temperature 25.1 °C"],
    ),
    ('{"EZO":{"Volume":12.5,"FlowRate":3.2}}', ["EZO flow 3.2 l/min"]),
    # the same names with other units
    ('{"ECCalc":{"EC":0.90},"RG-15":{"Total":9.8,"FlowRate":1.1}}', []),
    # direct current
    (
        '{"INA219":{"Voltage":4.494,"Current":0.020,"Power":0.089}}',
        ["INA219 voltage 4.494 V", "INA219 current 0.02 A", "INA219 power 0.089 W"],
    ),
    (
        '{"INA3221":[{"Voltage":4.9,"Current":0.02},{"Voltage":12.1,"Current":1.5}]}',
        [
            "INA3221.1 voltage 4.9 V",
            "INA3221.1 current 0.02 A",
            "INA3221.2 voltage 12.1 V",
            "INA3221.2 current 1.5 A",
        ],
    ),
    # Zigbee devices behind a bridge: Power is a switch there
    (
        '{"ZbReceived":{"0x4773":{"Device":"0x4773","Name":"Dryer","Power":1,"RMSVoltage":231,"ActivePower":57,"Endpoint":1,"LinkQuality":60}}}',
        ["Dryer voltage 231 V", "Dryer power 57 W"],
    ),
    (
        '{"ZbReceived":{"0x5480":{"Device":"0x5480","Temperature":20.3,"Humidity":44.1,"Pressure":1001,"BatteryPercentage":91,"BatteryVoltage":2.9}}}',
        [
            "0x5480 temperature 20.3 °C",
            "0x5480 humidity 44.1 %",
            "0x5480 pressure 1.001 bar",
            "0x5480 battery 91 %",
            "0x5480 voltage 2.9 V",
        ],
    ),
]


@pytest.mark.parametrize(("payload", "expected"), SENSORS)
def test_sensors(payload, expected):
    assert sensor(payload) == expected


METERS = [
    # only Total is the meter; Yesterday, Today and Period are not
    (
        '{"ENERGY":{"TotalStartTime":"2024-01-14T18:02:42","Total":1066.000,"Yesterday":0.5,"Today":0.1,'
        '"Period":0.00,"Power":12.00,"ApparentPower":15.00,"ReactivePower":9.00,"Factor":0.80,"Voltage":227.7,'
        '"Current":0.066,"Frequency":50}}',
        [
            "ENERGY energy 1066000 Wh",
            "ENERGY power 12 W",
            "ENERGY apparent_power 15 VA",
            "ENERGY reactive_power 9 var",
            "ENERGY power_factor 0.8",
            "ENERGY voltage 227.7 V",
            "ENERGY current 0.066 A",
            "ENERGY frequency 50 Hz",
        ],
    ),
    # what is not in the message is not 0
    ('{"ENERGY":{"Power":5}}', ["ENERGY power 5 W"]),
    ('{"ENERGY":{"Power":null,"Voltage":230}}', ["ENERGY power bad W", "ENERGY voltage 230 V"]),
    # three phases, one of which feeds back
    (
        '{"ENERGY":{"Total":16647.945,"ExportActive":[1508.369,1929.488,1696.624],"Period":[0,0,0],'
        '"Power":[-136.495,0.000,-78.478],"ApparentPower":[153.005,10.484,80.817],'
        '"ReactivePower":[-68.949,-9.750,-27.549],"Factor":[-0.89,-0.24,-0.93],"Frequency":49.900,'
        '"Voltage":[230.750,230.456,230.327],"Current":[0.675,0.046,0.366]}}',
        [
            "ENERGY energy 16647945 Wh",
            "ENERGY.1 energy_returned 1508369 Wh",
            "ENERGY.2 energy_returned 1929488 Wh",
            "ENERGY.3 energy_returned 1696624 Wh",
            "ENERGY energy_returned 5134481 Wh",
            "ENERGY.1 power -136.495 W",
            "ENERGY.2 power 0 W",
            "ENERGY.3 power -78.478 W",
            "ENERGY power -214.973 W",
            "ENERGY.1 apparent_power 153.005 VA",
            "ENERGY.2 apparent_power 10.484 VA",
            "ENERGY.3 apparent_power 80.817 VA",
            "ENERGY.1 reactive_power -68.949 var",
            "ENERGY.2 reactive_power -9.75 var",
            "ENERGY.3 reactive_power -27.549 var",
            "ENERGY reactive_power -106.248 var",
            "ENERGY.1 power_factor -0.89",
            "ENERGY.2 power_factor -0.24",
            "ENERGY.3 power_factor -0.93",
            "ENERGY frequency 49.9 Hz",
            "ENERGY.1 voltage 230.75 V",
            "ENERGY.2 voltage 230.456 V",
            "ENERGY.3 voltage 230.327 V",
            "ENERGY.1 current 0.675 A",
            "ENERGY.2 current 0.046 A",
            "ENERGY.3 current 0.366 A",
        ],
    ),
    # two relays on one voltage; meters by phase (SetOption129)
    (
        '{"ENERGY":{"Total":[10.5,0.25],"Power":[100,60],"Voltage":228}}',
        [
            "ENERGY.1 energy 10500 Wh",
            "ENERGY.2 energy 250 Wh",
            "ENERGY energy 10750 Wh",
            "ENERGY.1 power 100 W",
            "ENERGY.2 power 60 W",
            "ENERGY power 160 W",
            "ENERGY voltage 228 V",
        ],
    ),
    # a sum with a part missing is no sum
    ('{"ENERGY":{"Power":[1,null]}}', ["ENERGY.1 power 1 W", "ENERGY.2 power bad W", "ENERGY power bad W"]),
    ('{"ENERGY":{"Power":[1,"x"]}}', ["ENERGY.1 power 1 W", "problem invalid_value"]),
    ('{"ENERGY":{"Power":[]}}', []),
    ('{"ENERGY":{"Power":[1,1,1,1,1,1,1,1,1]}}', ["problem invalid_value"]),
    ('{"ENERGY":{"Total":1e306}}', ["problem invalid_value"]),
    (
        '{"ENERGY":{"Power":[1e308,1e308]}}',
        ["ENERGY.1 power 1e+308 W", "ENERGY.2 power 1e+308 W", "problem invalid_value"],
    ),
]


@pytest.mark.parametrize(("payload", "expected"), METERS)
def test_meters(payload, expected):
    assert sensor(payload) == expected


@pytest.mark.parametrize(
    ("topic", "device"),
    [
        ("tele/tank1/SENSOR", "tank1"),
        ("tank1/tele/SENSOR", "tank1"),
        ("tasmota/tank1/tele/SENSOR", "tank1"),
        ("tasmota/bedroom/tank1/tele/SENSOR", "tank1"),
        ("penthouse/bedroom1/bathroom2/tank1/tele/SENSOR", "tank1"),
        ("home/tele/tank1/SENSOR", "tank1"),
        ("tele/home/cellar/tank1/SENSOR", "tank1"),
        ("plant/line 1/tele/tank1/SENSOR", "tank1"),
        ("tele/stat/SENSOR", "stat"),
        ("tasmota/stat/tele/SENSOR", "stat"),
        # somebody renamed the prefixes
        ("telemetry/tank1/SENSOR", "tank1"),
    ],
)
def test_whatever_the_full_topic(topic, device):
    payload = '{"Time":"2026-11-20T11:00:00","DS18B20":{"Temperature":1}}'
    assert detect(topic, payload.encode()).name == TASMOTA
    parsed = parse(topic, payload)
    assert parsed.device == device
    assert measured(parsed) == ["DS18B20 temperature 1 °C"]


SILENT = [
    ("stat/sonoff/RESULT", '{"Dimmer":40}'),
    ("stat/sonoff/POWER2", "BLINK"),
    ("tele/sonoff/RESULT", '{"IrReceived":{"Protocol":"NEC"}}'),
    ("cmnd/sonoff/POWER", "ON"),
    ("cmnd/sonoff/TelePeriod", "30"),
    ("stat/sonoff/LOGGING", "00:00:07.1 MQT: tele/sonoff/STATE"),
    ("tele/sonoff/MARGINS", '{"PowerLow":"ON"}'),
    ("stat/sonoff/TELEPERIOD", '{"TelePeriod":30}'),
    ("tele/sonoff/LWT", ""),
    ("tele/sonoff/SENSOR", ""),
    ("stat/sonoff/STATUS4", '{"StatusMEM":{"ProgramSize":650,"Free":352,"Heap":25}}'),
    ("stat/sonoff/STATUS", '{"Status":{"Module":1,"DeviceName":"Tank","Topic":"sonoff","Power":1}}'),
]


@pytest.mark.parametrize(("topic", "payload"), SILENT)
def test_nothing_to_be_known(topic, payload):
    assert detect(topic, payload.encode()).name == TASMOTA
    parsed = parse(topic, payload)
    assert parsed.items == ()
    assert parsed.device == "sonoff"


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("tele/t/LWT", "Online", ["online"]),
        ("tele/t/LWT", "Offline", ["offline"]),
        ("tele/t/LWT", "online\n", ["online"]),
        ("tele/t/LWT", "Perhaps", ["problem invalid_value"]),
        (
            "tele/t/STATE",
            '{"Time":"2026-11-20T11:14:59","Uptime":"0T18:36:12","UptimeSec":66972,"Vcc":3.423,"Heap":28,'
            '"POWER":"OFF","Wifi":{"AP":1,"SSId":"Tasmota","RSSI":70,"Signal":-65,"LinkCount":1}}',
            ["Vcc voltage 3.423 V", "info signal_dbm=-65 local_time=2026-11-20T11:14:59"],
        ),
        ("tele/t/STATE", '{"Wifi":{"RSSI":70}}', []),
        ("tele/t/STATE", '{"Wifi":{"Signal":true},"Vcc":null}', ["Vcc voltage bad V"]),
        (
            "tele/t/INFO1",
            '{"Info1":{"Module":"Sonoff Basic","Version":"12.4.0(tasmota)","FallbackTopic":"cmnd/DVES_4C7759_fb/",'
            '"GroupTopic":"cmnd/tasmotas/"}}',
            ["info model=Sonoff Basic firmware=12.4.0(tasmota)"],
        ),
        (
            "tele/t/INFO1",
            '{"Module":"Generic","Version":"8.1.0(sensors)"}',
            ["info model=Generic firmware=8.1.0(sensors)"],
        ),
        (
            "tele/t/INFO2",
            '{"Info2":{"WebServerMode":"Admin","Hostname":"t-1","IPAddress":"192.168.178.20"}}',
            ["info ip_address=192.168.178.20"],
        ),
        ("tele/t/INFO3", '{"Info3":{"RestartReason":"Software/System restart","BootCount":7}}', []),
        (
            "stat/t/STATUS2",
            '{"StatusFWR":{"Version":"9.5.0(tasmota)","BuildDateTime":"2021-06-17T08:26:21","Hardware":"ESP8266EX"}}',
            ["info firmware=9.5.0(tasmota)"],
        ),
        (
            "stat/t/STATUS5",
            '{"StatusNET":{"Hostname":"t","IPAddress":"10.0.0.7","Gateway":"10.0.0.1","Mac":"2C:3A:E8:00:11:22"}}',
            ["info ip_address=10.0.0.7 mac=2C:3A:E8:00:11:22"],
        ),
        ("stat/t/STATUS5", '{"StatusNET":{"IPAddress":"0.0.0.0","Mac":7}}', []),
        (
            "stat/t/STATUS8",
            '{"StatusSNS":{"SI7021":{"Temperature":17.7},"TempUnit":"C"}}',
            ["SI7021 temperature 17.7 °C"],
        ),
        (
            "stat/t/STATUS10",
            '{"StatusSNS":{"DS18B20":{"Temperature":25.3}}}',
            ["DS18B20 temperature 25.3 °C"],
        ),
        ("stat/t/STATUS11", '{"StatusSTS":{"Vcc":3.1}}', ["Vcc voltage 3.1 V"]),
        (
            "stat/t/STATUS0",
            '{"Status":{"Topic":"t"},"StatusFWR":{"Version":"13.0"},"StatusSNS":{"DS18B20":{"Temperature":2}},'
            '"StatusSTS":{"Wifi":{"Signal":-50}}}',
            ["DS18B20 temperature 2 °C", "info firmware=13.0 signal_dbm=-50"],
        ),
        ("tele/t/SENSOR", "not json", ["problem invalid_json"]),
        ("tele/t/SENSOR", "[]", ["problem invalid_json"]),
        ("tele/t/SENSOR", "{}", []),
    ],
)
def test_devices(topic, payload, expected):
    parsed = parse(topic, payload)
    assert parsed.device == "t"
    assert told(parsed) == expected


def test_discovery_introduces_a_device():
    topic = "tasmota/discovery/5CCF7F4C7759/config"
    payload = json.dumps(
        {
            "ip": "192.168.1.5",
            "dn": "Tank",
            "md": "Generic",
            "sw": "14.1.0",
            "t": "tank1",
            "mac": "5CCF7F4C7759",
        }
    )
    assert detect(topic, payload.encode()).name == TASMOTA
    parsed = parse(topic, payload)
    assert parsed.device == "tank1"
    assert told(parsed) == ["info model=Generic firmware=14.1.0 ip_address=192.168.1.5 mac=5CCF7F4C7759"]
    repeated = '{"sn":{"Time":"2026-11-20T10:00:00","DS18B20":{"Temperature":25.3}},"ver":1}'
    assert parse("tasmota/discovery/5CCF7F4C7759/sensors", repeated).items == ()


@pytest.mark.parametrize(
    ("time", "zone", "expected"),
    [
        # without a zone it is only shown
        ('"Time":"2026-11-20T11:00:00"', "", "info local_time=2026-11-20T11:00:00"),
        ('"Time":"2026-11-20T11:00:00"', "Europe/Berlin", "@2026-11-20T10:00:00Z"),
        ('"Time":"2026-07-20T11:00:00.123"', "Europe/Berlin", "@2026-07-20T09:00:00Z"),
        ('"Time":"2026-11-20T11:00:00"', "+02:00", "@2026-11-20T09:00:00Z"),
        ('"Time":"2026-11-20T11:00:00"', "-0530", "@2026-11-20T16:30:00Z"),
        ('"Time":"2026-11-20T11:00:00"', "Nowhere/Town", "info local_time=2026-11-20T11:00:00"),
        # SetOption52, and the three other forms of the command Time
        ('"Time":"2026-11-20T11:00:00+01:00"', "", "@2026-11-20T10:00:00Z"),
        ('"Time":"2026-11-20T11:00:00+01:00"', "Asia/Tokyo", "@2026-11-20T10:00:00Z"),
        ('"Time":"2026-11-20T11:00:00","Epoch":1795168800', "", "@2026-11-20T10:00:00Z"),
        ('"Time":1795168800', "", "@2026-11-20T10:00:00Z"),
        # a clock that was never set
        ('"Time":"1970-01-01T00:00:12"', "Europe/Berlin", "@impossible"),
        ('"Time":"1970-01-01T00:00:12"', "", "info local_time=1970-01-01T00:00:12"),
        ('"Time":12', "", "@impossible"),
        ('"Time":"2026-13-45T99:00:00"', "Europe/Berlin", "@impossible"),
        # no time at all
        ('"Time":"soon"', "Europe/Berlin", ""),
        ('"Time":null', "Europe/Berlin", ""),
        ('"Uptime":1', "Europe/Berlin", ""),
    ],
)
def test_times(time, zone, expected):
    parsed = parse("tele/t/SENSOR", "{" + time + ',"DS18B20":{"Temperature":5}}', zone=zone)
    value = "DS18B20 temperature 5 °C"
    wanted = [value, expected] if expected.startswith("info") else [f"{value} {expected}".strip()]
    assert told(parsed) == wanted


def test_the_hour_that_comes_twice_is_the_one_nearer_to_now():
    payload = b'{"Time":"2026-10-25T02:30:00","DS18B20":{"Temperature":5}}'
    for hour in (0, 1):
        now = NOW.replace(month=10, day=25, hour=hour, minute=31)
        parsed = PARSERS[TASMOTA].read(
            Message("tele/t/SENSOR", payload, now), ParserSettings(timezone="Europe/Berlin")
        )
        assert parsed.measurements[0].at == now.replace(minute=30)


def test_retained_messages_say_so():
    payload = b'{"DS18B20":{"Temperature":5},"AM2301":{"Humidity":null},"ECCalc":{}}'
    parsed = PARSERS[TASMOTA].read(Message("tele/t/SENSOR", payload, NOW, retained=True), ParserSettings())
    assert [item.retained for item in parsed.measurements] == [True, True]


@pytest.mark.parametrize(
    "name",
    ["", " ", "\u0000", "\ud800", "a\nb", "x" * 129, "ENERGY\u0007"],
    ids=lambda name: ascii(name)[:12],
)
def test_sensors_have_names(name):
    payload = json.dumps({name: {"Temperature": 5}, "ok": {"Temperature": 6}})
    assert sensor(payload) == ["ok temperature 6 °C"]
