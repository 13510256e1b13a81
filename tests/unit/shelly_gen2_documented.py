"""States of Shelly components of which no message was captured, and faulty ones; what a person reads in them."""

# devices of which no message was captured, by Shelly's documentation: (component, status, measurements)
DOCUMENTED = [
    # Plus 2PM as a shutter
    (
        "cover:0",
        '{"id":0,"source":"limit_switch","state":"open","apower":152.3,"voltage":231.2,"current":0.71,"pf":0.93,'
        '"freq":50.0,"aenergy":{"total":12.4,"by_minute":[1.0,2.0,3.0],"minute_ts":1700000000},'
        '"temperature":{"tC":61.2,"tF":142.2},"pos_control":true,"current_pos":70,"target_pos":null}',
        [
            "cover:0 power 152.3 W",
            "cover:0 voltage 231.2 V",
            "cover:0 current 0.71 A",
            "cover:0 power_factor 0.93",
            "cover:0 frequency 50 Hz",
            "cover:0 energy 12.4 Wh",
            "cover:0 device_temperature 61.2 °C",
        ],
    ),
    # Pro Dimmer 1PM
    (
        "light:0",
        '{"id":0,"source":"init","output":true,"brightness":55,"temperature":{"tC":48.1,"tF":118.6},'
        '"aenergy":{"total":4.1},"apower":21.7,"current":0.12,"voltage":229.9}',
        [
            "light:0 device_temperature 48.1 °C",
            "light:0 energy 4.1 Wh",
            "light:0 power 21.7 W",
            "light:0 current 0.12 A",
            "light:0 voltage 229.9 V",
        ],
    ),
    # Plus RGBW PM, Pro RGBWW PM
    (
        "rgbw:0",
        '{"id":0,"output":true,"rgb":[255,0,0],"white":0,"brightness":50,"apower":8.4,"voltage":12.1,'
        '"current":0.69,"aenergy":{"total":1.25}}',
        [
            "rgbw:0 power 8.4 W",
            "rgbw:0 voltage 12.1 V",
            "rgbw:0 current 0.69 A",
            "rgbw:0 energy 1.25 Wh",
        ],
    ),
    ("rgb:0", '{"id":0,"output":false,"rgb":[1,2,3],"apower":0}', ["rgb:0 power 0 W"]),
    ("cct:1", '{"id":1,"output":true,"ct":4500,"apower":3.1}', ["cct:1 power 3.1 W"]),
    # an outdoor plug that feeds in
    (
        "switch:0",
        '{"aenergy":{"total":15761.124},"apower":-626.6,"current":2.61,"freq":50.1,"id":0,"output":true,'
        '"ret_aenergy":{"total":15754.266},"source":"init","temperature":{"tC":41.6,"tF":106.9},"voltage":240.3}',
        [
            "switch:0 energy 15761.124 Wh",
            "switch:0 power -626.6 W",
            "switch:0 current 2.61 A",
            "switch:0 frequency 50.1 Hz",
            "switch:0 energy_returned 15754.266 Wh",
            "switch:0 device_temperature 41.6 °C",
            "switch:0 voltage 240.3 V",
        ],
    ),
    # EM Mini Gen4, Pro EM-50, EM Gen3, Pro 3EM in the profile with single phases
    (
        "em1:1",
        '{"id":1,"current":30.665,"voltage":221.4,"act_power":-6769.3,"aprt_power":6823.1,"pf":0.99,"freq":50.0,'
        '"calibration":"factory"}',
        [
            "em1:1 current 30.665 A",
            "em1:1 voltage 221.4 V",
            "em1:1 power -6769.3 W",
            "em1:1 apparent_power 6823.1 VA",
            "em1:1 power_factor 0.99",
            "em1:1 frequency 50 Hz",
        ],
    ),
    (
        "em1data:1",
        '{"id":1,"total_act_energy":9671.54,"total_act_ret_energy":2595.26}',
        ["em1data:1 energy 9671.54 Wh", "em1data:1 energy_returned 2595.26 Wh"],
    ),
    (
        "pm1:0",
        '{"id":0,"aprtpower":12.5,"pf":0.8}',
        ["pm1:0 apparent_power 12.5 VA", "pm1:0 power_factor 0.8"],
    ),
    # Pro 3EM-400 with a clamp on the neutral
    ("em:0", '{"id":0,"n_current":0.412}', ["em:0.n current 0.412 A"]),
    # firmware before 0.13
    ("emdata:0", '{"id":0}', []),
    # H&T Gen3, Plus Smoke, Flood Gen4
    (
        "devicepower:0",
        '{"id":0,"battery":{"V":5.31,"percent":64},"external":{"present":false}}',
        ["devicepower:0 voltage 5.31 V", "devicepower:0 battery 64 %"],
    ),
    ("devicepower:0", '{"id":0,"battery":{"V":null,"percent":null},"external":{"present":true}}', []),
    ("smoke:0", '{"id":0,"alarm":false,"mute":false}', []),
    ("flood:0", '{"id":0,"alarm":true,"mute":false}', []),
    ("illuminance:0", '{"id":0,"lux":154,"illumination":"bright"}', []),
    # Plus Uni: analog and counting inputs
    ("input:100", '{"id":100,"percent":42.5,"xpercent":3.4}', ["input:100 level 42.5 %"]),
    (
        "input:2",
        '{"id":2,"counts":{"total":6,"by_minute":[0,0,0],"minute_ts":1700000000},"freq":12.5,"xfreq":null}',
        ["input:2 frequency 12.5 Hz"],
    ),
    ("input:0", '{"id":0,"state":null}', []),
    ("input:100", '{"id":100,"percent":null}', []),
    # sensors of the user, whose quantity is in the configuration
    ("bthomesensor:200", '{"id":200,"value":21.3,"last_updated_ts":1700000000}', []),
    ("number:200", '{"value":21.3,"source":"rpc","last_update_ts":1700000000}', []),
    ("cloud", '{"connected":true}', []),
    ("ble", "{}", []),
    # a bath that runs at 85 °C, and one that freezes
    ("temperature:100", '{"id":100,"tC":85.0,"tF":185.0}', ["temperature:100 temperature 85 °C"]),
    ("temperature:101", '{"id":101,"tC":0.0,"tF":32.0}', ["temperature:101 temperature 0 °C"]),
]

# (component, status, measurements, errors that are told)
FAULTS = [
    ("temperature:100", '{"id":100,"tC":null,"tF":null}', ["temperature:100 temperature bad °C"], []),
    (
        "temperature:100",
        '{"id":100,"tC":null,"tF":null,"errors":["read"]}',
        ["temperature:100 temperature bad °C"],
        ["sensor_fault"],
    ),
    (
        "temperature:100",
        '{"id":100,"errors":["read"]}',
        ["temperature:100 temperature bad °C"],
        ["sensor_fault"],
    ),
    (
        "temperature:100",
        '{"tC":131.0,"errors":["out_of_range"]}',
        ["temperature:100 temperature bad °C"],
        ["sensor_fault"],
    ),
    ("temperature:100", '{"id":100,"tC":21.0,"errors":[]}', ["temperature:100 temperature 21 °C"], []),
    ("temperature:100", '{"id":100,"tC":-127}', ["temperature:100 temperature bad °C"], []),
    ("temperature:100", '{"id":100,"tC":127.9}', ["temperature:100 temperature bad °C"], []),
    ("temperature:100", '{"id":100,"tC":999}', ["temperature:100 temperature bad °C"], []),
    (
        "humidity:101",
        '{"id":101,"rh":null,"errors":["read"]}',
        ["humidity:101 humidity bad %"],
        ["sensor_fault"],
    ),
    ("voltmeter:100", '{"voltage":null,"xvoltage":null}', ["voltmeter:100 voltage bad V"], []),
    ("input:100", '{"percent":null,"errors":["read"]}', ["input:100 level bad %"], ["sensor_fault"]),
    ("switch:0", '{"temperature":{"tC":null,"tF":null}}', ["switch:0 device_temperature bad °C"], []),
    ("switch:0", '{"apower":3500.1,"errors":["overpower"]}', ["switch:0 power 3500.1 W"], []),
    ("switch:0", '{"apower":null,"voltage":null}', [], []),
    ("switch:0", '{"apower":null,"aenergy":null}', [], []),
    (
        "em1:0",
        '{"voltage":0.0,"current":999.9,"act_power":12.0,"errors":["out_of_range:current"]}',
        ["em1:0 voltage 0 V", "em1:0 current bad A", "em1:0 power 12 W"],
        [],
    ),
    (
        "pm1:0",
        '{"voltage":0.0,"apower":null,"aenergy":{"total":7.5},"errors":["power_meter_failure"]}',
        ["pm1:0 voltage bad V", "pm1:0 power bad W", "pm1:0 energy 7.5 Wh"],
        [],
    ),
    (
        "em:0",
        '{"a_voltage":420.0,"b_voltage":231.0,"a_act_power":5.0,"a_errors":["out_of_range:voltage"]}',
        ["em:0.a voltage bad V", "em:0.a power 5 W", "em:0.b voltage 231 V"],
        [],
    ),
    # text, booleans and numbers beyond the range are no measurements
    ("switch:0", '{"apower":"12.5","voltage":230}', ["switch:0 voltage 230 V"], ["invalid_value"]),
    ("switch:0", '{"apower":true,"voltage":230}', ["switch:0 voltage 230 V"], ["invalid_value"]),
    # how firmware prints that there is none
    ("switch:0", '{"apower":nan,"voltage":230}', ["switch:0 power bad W", "switch:0 voltage 230 V"], []),
    (
        "switch:0",
        '{"apower":-Infinity,"voltage":-nan}',
        ["switch:0 power bad W", "switch:0 voltage bad V"],
        [],
    ),
    ("switch:0", '{"apower":[12.5],"voltage":{}}', [], ["invalid_value", "invalid_value"]),
    ("switch:0", '{"apower":12.5,"voltage":230,"apower":90}', ["switch:0 voltage 230 V"], ["invalid_value"]),
    ("switch:0", '{"aenergy":5,"temperature":[]}', [], []),
    ("switch:0", "on", [], ["invalid_json"]),
    ("switch:0", "[1]", [], ["invalid_json"]),
    ("switch:0", '{"apower":12.5', [], ["invalid_json"]),
]
