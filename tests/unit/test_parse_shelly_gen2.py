"""Shelly of the second to fourth generation: what a person reads in each message, and nothing else."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fusion_iot_core.protocol.parsers import PARSERS, DeviceInfo, Parsed, Presence, Switched, detect
from fusion_iot_core.protocol.parsers.findings import MAX_ITEMS
from tests.unit.shelly_cases import HOSTILE_JSON, calls, damaged, instant, measures, read, topics

GEN2 = "shelly_gen2"


def notify(params, src="", method="NotifyStatus"):
    """An RPC notification."""
    return json.dumps({"src": src, "dst": f"{src}/events", "method": method, "params": params})


# (topic, payload, device's time, measurements); the device is what stands before /events and /status
REAL = [
    # 1PM Mini Gen3: a delta whose component has no "id"
    (
        "shelly1pmminig3-5432044edbc0/events/rpc",
        '{"src":"shelly1pmminig3-5432044edbc0","dst":"shelly1pmminig3-5432044edbc0/events",'
        '"method":"NotifyStatus","params":{"ts":1788945292.88,"switch:0":{"apower":11.5,"current":0.071}}}',
        1788945292.88,
        ["switch:0 power 11.5 W", "switch:0 current 0.071 A"],
    ),
    (
        "shelly1pmminig3-5432044edbc0/status/switch:0",
        '{"id":0,"source":"MQTT","tag":null, "output":true, "apower":11.5, "voltage":240.3, "freq":50.0, '
        '"current":0.073, "aenergy":{"total":152669.987,"by_minute":[0.000,0.000,0.000],'
        '"minute_ts":1788945240}, "ret_aenergy":{"total":0.000,"by_minute":[0.000,0.000,0.000],'
        '"minute_ts":1788945240},"counts":{"on_time":44340,"on_time_rst_ts":0,"switch_on":539,'
        '"switch_on_rst_ts":0,"on_above_thr":0,"on_above_thr_rst_ts":0},"temperature":{"tC":55.0, "tF":131.0}}',
        None,
        [
            "switch:0 power 11.5 W",
            "switch:0 voltage 240.3 V",
            "switch:0 frequency 50 Hz",
            "switch:0 current 0.073 A",
            "switch:0 energy 152669.987 Wh",
            "switch:0 energy_returned 0 Wh",
            "switch:0 device_temperature 55 °C",
        ],
    ),
    # 1PM Mini
    (
        "shelly1pmmini-Sat/events/rpc",
        '{"src":"shelly1pmmini-348518e0c114","dst":"shelly1pmmini-Sat/events","method":"NotifyStatus",'
        '"params":{"ts":1698999957.05,"mqtt":{"connected":true}}}',
        1698999957.05,
        [],
    ),
    (
        "shelly1pmmini-Solarthermie/status/switch:0",
        '{"id":0, "source":"MQTT", "output":true, "apower":3.8, "voltage":231.0, "freq":50.1, "current":0.030, '
        '"aenergy":{"total":26064.252,"by_minute":[198.422,0.000,0.000],"minute_ts":1698999933},'
        '"temperature":{"tC":42.0, "tF":107.6}}',
        None,
        [
            "switch:0 power 3.8 W",
            "switch:0 voltage 231 V",
            "switch:0 frequency 50.1 Hz",
            "switch:0 current 0.03 A",
            "switch:0 energy 26064.252 Wh",
            "switch:0 device_temperature 42 °C",
        ],
    ),
    ("shelly1pmmini-Solarthermie/status/input:0", '{"id":0,"state":false}', None, []),
    # Plus Plug S
    (
        "shellyplusplugs-80646fd031f8/status/script:1",
        '{"id":1,"running":true,"mem_used":2786,"mem_peak":4130,"mem_free":22414}',
        None,
        [],
    ),
    ("shellyplusplugs-80646fd031f8/status/plugs_ui", "{}", None, []),
    ("shellyplusplugs-80646fd031f8/status/mqtt", '{"connected":true}', None, []),
    # Plus 1PM, firmware 0.8: no current, no frequency
    (
        "shellyplus1pm-a8032abe2f18/events/rpc",
        '{"src":"shellyplus1pm-a8032abe2f18","dst":"shellyplus1pm-a8032abe2f18/events",'
        '"method":"NotifyStatus","params":{"ts":1632666420.17,"switch:0":{"id":0,"aenergy":'
        '{"by_minute":[0.000,0.000,0.000],"minute_ts":1632666418,"total":0.000}}}}',
        1632666420.17,
        ["switch:0 energy 0 Wh"],
    ),
    (
        "shellyplus1pm-a8032abe2f18/status/switch:0",
        '{"id": 0, "source": "init", "output": false, "apower": 0.000, "voltage": 240.873,"aenergy": '
        '{"total":0.000,"by_minute":[0.000,0.000,0.000],"minute_ts":1632666538},'
        '"temperature":{"tC":46.2, "tF":115.1}}',
        None,
        [
            "switch:0 power 0 W",
            "switch:0 voltage 240.873 V",
            "switch:0 energy 0 Wh",
            "switch:0 device_temperature 46.2 °C",
        ],
    ),
    (
        "shellyplus1pm-4417939a5610/events/rpc",
        '{"src":"shellyplus1pm-4417939a5610","dst":"shellyplus1pm-4417939a5610/events",'
        '"method":"NotifyStatus","params":{"ts":1708326851.41,"switch:0":{"id":0,"output":true,'
        '"source":"MQTT","voltage":224.18}}}',
        1708326851.41,
        ["switch:0 voltage 224.18 V"],
    ),
    (
        "shellyplus1pm-4417939a5610/events/rpc",
        '{"src":"shellyplus1pm-4417939a5610","dst":"shellyplus1pm-4417939a5610/events",'
        '"method":"NotifyStatus","params":{"ts":1708326852.50,"switch:0":{"id":0,"apower":918.63}}}',
        1708326852.50,
        ["switch:0 power 918.63 W"],
    ),
    (
        "shellyplus1pm-4417939a5610/events/rpc",
        '{"src":"shellyplus1pm-4417939a5610","dst":"shellyplus1pm-4417939a5610/events",'
        '"method":"NotifyStatus","params":{"ts":1708326854.50,"switch:0":{"id":0,"apower":1800.50}}}',
        1708326854.50,
        ["switch:0 power 1800.5 W"],
    ),
    (
        "shellyplus1pm-4417939a5610/events/rpc",
        '{"src":"shellyplus1pm-4417939a5610","dst":"shellyplus1pm-4417939a5610/events",'
        '"method":"NotifyStatus","params":{"ts":1708326875.04,"switch:0":{"id":0,"apower":0,"output":false,'
        '"source":"MQTT","voltage":0}}}',
        1708326875.04,
        ["switch:0 power 0 W", "switch:0 voltage 0 V"],
    ),
    # Plus 1PM under the prefix shellies/plus1pm
    (
        "shellies/plus1pm/events/rpc",
        '{"src":"shellyplus1pm-4417939341dc","dst":"shellies/plus1pm/events","method":"NotifyStatus",'
        '"params":{"ts":1.61,"mqtt":{"connected":true}}}',
        None,
        [],
    ),
    (
        "shellies/plus1pm/events/rpc",
        '{"src":"shellyplus1pm-4417939341dc","dst":"shellies/plus1pm/events","method":"NotifyStatus",'
        '"params":{"ts":1661517385.44,"switch:0":{"id":0,"voltage":232.7}}}',
        1661517385.44,
        ["switch:0 voltage 232.7 V"],
    ),
    (
        "shellies/plus1pm/status/switch:0",
        '{"id":0, "source":"init", "output":false, "apower":0.0, "voltage":232.7, "current":0.000, '
        '"aenergy":{"total":0.000,"by_minute":[0.000,0.000,0.000],"minute_ts":1661517385},'
        '"temperature":{"tC":39.2, "tF":102.5}}',
        None,
        [
            "switch:0 power 0 W",
            "switch:0 voltage 232.7 V",
            "switch:0 current 0 A",
            "switch:0 energy 0 Wh",
            "switch:0 device_temperature 39.2 °C",
        ],
    ),
    (
        "shellies/plus1pm/events/rpc",
        '{"src":"shellyplus1pm-4417939341dc","dst":"shellies/plus1pm/events","method":"NotifyStatus",'
        '"params":{"ts":1661517410.45,"switch:0":{"id":0,"temperature":{"tC":44.06,"tF":111.30}}}}',
        1661517410.45,
        ["switch:0 device_temperature 44.06 °C"],
    ),
    (
        "shellies/plus1pm/events/rpc",
        '{"src":"shellyplus1pm-4417939341dc","dst":"shellies/plus1pm/events","method":"NotifyStatus",'
        '"params":{"ts":1661517398.50,"sys":{"available_updates":{"beta":{"version":"0.11.0-beta3"}}}}}',
        1661517398.50,
        [],
    ),
    # PM Mini Gen3
    (
        "shellypmminig3-84fce638d818/status/pm1:0",
        '{"id":0, "voltage":239.9, "current":7.434, "apower":1780.1 ,"freq":50.1,"aenergy":{"total":3551.682,'
        '"by_minute":[15234.772,29611.247,29825.821],"minute_ts":1719917850},"ret_aenergy":{"total":0.000,'
        '"by_minute":[0.000,0.000,0.000],"minute_ts":1719917850}}',
        None,
        [
            "pm1:0 voltage 239.9 V",
            "pm1:0 current 7.434 A",
            "pm1:0 power 1780.1 W",
            "pm1:0 frequency 50.1 Hz",
            "pm1:0 energy 3551.682 Wh",
            "pm1:0 energy_returned 0 Wh",
        ],
    ),
    (
        "shellypmminig3-84fce638d818/events/rpc",
        '{"src":"shellypmminig3-84fce638d818","dst":"shellypmminig3-84fce638d818/events",'
        '"method":"NotifyStatus","params":{"ts":1719917860.10,"pm1:0":{"id":0,"apower":1779.4,"current":7.431}}}',
        1719917860.10,
        ["pm1:0 power 1779.4 W", "pm1:0 current 7.431 A"],
    ),
    # 1 Mini Gen3: an unmetered relay has no power
    (
        "shelly1minig3-54320464f17c/status/switch:0",
        '{"id":0, "source":"HTTP_in", "output":false,"temperature":{"tC":40.5, "tF":104.9}}',
        None,
        ["switch:0 device_temperature 40.5 °C"],
    ),
    (
        "shelly1minig3-54320464a1d0/events/rpc",
        '{"src":"shelly1minig3-54320464a1d0","dst":"shelly1minig3-54320464a1d0/events","method":"NotifyEvent",'
        '"params":{"ts":1736605194.11,"events":[{"component":"input:0","id":0,"event":"config_changed",'
        '"restart_required":false,"ts":1736605194.11,"cfg_rev":35}]}}',
        None,
        [],
    ),
    # Pro 3
    (
        "shellypro3-34987a48c26c/events/rpc",
        '{"src":"shellypro3-34987a48c26c","dst":"shellypro3-34987a48c26c/events","method":"NotifyEvent",'
        '"params":{"ts":1758144175.54,"events":[{"component":"sys","event":"sys_btn_push","ts":1758144175.54}]}}',
        None,
        [],
    ),
    # Plus i4
    (
        "shellyplusi4-c4d8d554ad6c/events/rpc",
        '{"src":"shellyplusi4-c4d8d554ad6c","dst":"shellyplusi4-c4d8d554ad6c/events","method":"NotifyStatus",'
        '"params":{"ts":1733776884.28,"input:3":{"id":3,"state":true}}}',
        1733776884.28,
        [],
    ),
    (
        "shellyplusi4-c4d8d554ad6c/debug/log",
        "shellyplusi4-c4d8d554ad6c 427 1733777582.752 1|shos_dns_sd_respond:236 ws(0x3ffde77c): "
        "Announced ShellyPlusI4-C4D8D554AD6C any@any (192.168.1.39)",
        None,
        [],
    ),
    # Pro 3EM: phases and total
    (
        "shellypro3em-c8f09xxxxxx/status/em:0",
        '{\n"id":0,\n"a_current":2.051,\n"a_voltage":239.9,\n"a_act_power":303.5,\n"a_aprt_power":492.0,\n'
        '"a_pf":-0.72,\n"b_current":1.131,\n"b_voltage":240.5,\n"b_act_power":192.5,\n"b_aprt_power":272.0,\n'
        '"b_pf":-0.77,\n"c_current":2.359,\n"c_voltage":238.6,\n"c_act_power":478.3,\n"c_aprt_power":557.6,\n'
        '"c_pf":-0.70,\n"n_current":null,\n"total_current":5.541,\n"total_act_power":974.264,\n'
        '"total_aprt_power":1321.600,\n"user_calibrated_phase":[]\n}',
        None,
        [
            "em:0.a current 2.051 A",
            "em:0.a voltage 239.9 V",
            "em:0.a power 303.5 W",
            "em:0.a apparent_power 492 VA",
            "em:0.a power_factor -0.72",
            "em:0.b current 1.131 A",
            "em:0.b voltage 240.5 V",
            "em:0.b power 192.5 W",
            "em:0.b apparent_power 272 VA",
            "em:0.b power_factor -0.77",
            "em:0.c current 2.359 A",
            "em:0.c voltage 238.6 V",
            "em:0.c power 478.3 W",
            "em:0.c apparent_power 557.6 VA",
            "em:0.c power_factor -0.7",
            "em:0 current 5.541 A",
            "em:0 power 974.264 W",
            "em:0 apparent_power 1321.6 VA",
        ],
    ),
    (
        "shellypro3em-ece334f6a15c/status/em:0",
        '{"id":0,"a_current":0.028,"a_voltage":0.0,"a_act_power":0.0,"a_aprt_power":0.0,"a_pf":0.00,'
        '"a_freq":0.0,"b_current":0.027,"b_voltage":0.0,"b_act_power":0.0,"b_aprt_power":0.0,"b_pf":0.00,'
        '"b_freq":0.0,"c_current":1.137,"c_voltage":233.1,"c_act_power":142.6,"c_aprt_power":265.0,'
        '"c_pf":0.54,"c_freq":50.0,"n_current":null,"total_current":1.192,"total_act_power":142.605,'
        '"total_aprt_power":264.956, "user_calibrated_phase":[]}',
        None,
        [
            "em:0.a current 0.028 A",
            "em:0.a voltage 0 V",
            "em:0.a power 0 W",
            "em:0.a apparent_power 0 VA",
            "em:0.a power_factor 0",
            "em:0.a frequency 0 Hz",
            "em:0.b current 0.027 A",
            "em:0.b voltage 0 V",
            "em:0.b power 0 W",
            "em:0.b apparent_power 0 VA",
            "em:0.b power_factor 0",
            "em:0.b frequency 0 Hz",
            "em:0.c current 1.137 A",
            "em:0.c voltage 233.1 V",
            "em:0.c power 142.6 W",
            "em:0.c apparent_power 265 VA",
            "em:0.c power_factor 0.54",
            "em:0.c frequency 50 Hz",
            "em:0 current 1.192 A",
            "em:0 power 142.605 W",
            "em:0 apparent_power 264.956 VA",
        ],
    ),
    (
        "shellypro3em-ece334f6a15c/status/emdata:0",
        '{"id":0,"a_total_act_energy":0.03,"a_total_act_ret_energy":0.00,"b_total_act_energy":0.03,'
        '"b_total_act_ret_energy":0.00,"c_total_act_energy":95884.06,"c_total_act_ret_energy":5123.04,'
        '"total_act":95884.11, "total_act_ret":5123.04}',
        None,
        [
            "emdata:0.a energy 0.03 Wh",
            "emdata:0.a energy_returned 0 Wh",
            "emdata:0.b energy 0.03 Wh",
            "emdata:0.b energy_returned 0 Wh",
            "emdata:0.c energy 95884.06 Wh",
            "emdata:0.c energy_returned 5123.04 Wh",
            "emdata:0 energy 95884.11 Wh",
            "emdata:0 energy_returned 5123.04 Wh",
        ],
    ),
    # Plus H&T
    (
        "shellyplusht-c049ef8bc088/status/temperature:0",
        '{"id": 0,"tC":29.1, "tF":84.4}',
        None,
        ["temperature:0 temperature 29.1 °C"],
    ),
    # Plus Add-on
    (
        "shellyplus1-a0a3b3c309c4/status/temperature:100",
        '{"id":100, "tC":21.5, "tF":70.7}',
        None,
        ["temperature:100 temperature 21.5 °C"],
    ),
    (
        "shellyplus1-a0a3b3c309c4/events/rpc",
        '{"src":"shellyplus1-a0a3b3c309c4","dst":"shellyplus1-a0a3b3c309c4/events","method":"NotifyStatus",'
        '"params":{"ts":1700000000.10,"temperature:100":{"id":100,"tC":55.1,"tF":131.2},'
        '"temperature:101":{"id":101,"tC":49.6,"tF":121.3}}}',
        1700000000.10,
        ["temperature:100 temperature 55.1 °C", "temperature:101 temperature 49.6 °C"],
    ),
    (
        "shellyplus1-a0a3b3c309c4/status/humidity:102",
        '{"id":102, "rh": 55.5}',
        None,
        ["humidity:102 humidity 55.5 %"],
    ),
    (
        "shellyplus1-a0a3b3c309c4/status/voltmeter:100",
        '{"id":100,"voltage":3.3,"xvoltage":55}',
        None,
        ["voltmeter:100 voltage 3.3 V"],
    ),
    # Pro 4PM
    (
        "shellypro4pm-f008d1d8b8b8/events/rpc",
        '{"src":"shellypro4pm-f008d1d8b8b8","dst":"user_1","method":"NotifyStatus","params":'
        '{"ts":1631186545.04,"switch:0":{"id":0,"output":true,"source":"button"}}}',
        1631186545.04,
        [],
    ),
    (
        "shellypro4pm-f008d1d8b8b8/events/rpc",
        '{"src":"shellypro4pm-f008d1d8b8b8","dst":"user_1","method":"NotifyStatus","params":'
        '{"ts":1624348482.25,"cloud":{"connected":false}}}',
        1624348482.25,
        [],
    ),
]

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


@pytest.mark.parametrize(("topic", "payload", "time", "expected"), REAL)
def test_what_a_person_reads_in_it(topic, payload, time, expected):
    parsed = read(GEN2, topic, payload)
    measures(parsed, *expected)
    assert not parsed.problems
    for item in parsed.measurements:
        assert item.device == topic.partition("/events")[0].partition("/status")[0]
        assert (item.at, item.impossible_time) == (None if time is None else instant(time), False)


@pytest.mark.parametrize(("topic", "payload", "_time", "_expected"), REAL)
def test_it_is_recognised(topic, payload, _time, _expected):
    assert detect(topic, payload.encode()).name == GEN2


@pytest.mark.parametrize(("component", "status", "expected"), DOCUMENTED)
def test_a_status_and_a_notification_of_it_say_the_same(component, status, expected):
    parsed = read(GEN2, f"line 3/status/{component}", status)
    measures(parsed, *expected)
    assert (parsed.device, parsed.voice) == ("line 3", "status")

    whole = notify({"ts": 1700000000.5, component: json.loads(status)}, "line 3")
    parsed = read(GEN2, "line 3/events/rpc", whole)
    measures(parsed, *expected)
    assert (parsed.device, parsed.voice) == ("line 3", "rpc")
    assert {item.at for item in parsed.measurements} <= {instant(1700000000.5)}


def test_the_status_is_an_echo_of_the_notification():
    assert PARSERS[GEN2].echoes == {"status": "rpc"}


@pytest.mark.parametrize(("component", "status", "expected", "errors"), FAULTS)
def test_faults(component, status, expected, errors):
    parsed = read(GEN2, f"x/status/{component}", status)
    measures(parsed, *expected)
    assert [item.error for item in parsed.problems] == errors


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ("not json", "invalid_json"),
        ('{"method":"NotifyStatus","params":"nope"}', "invalid_value"),
        (
            '{"method":"NotifyStatus","params":{"switch:abc":{"output":true},"switch:0":"on","sys":{"uptime":3}}}',
            "invalid_value",
        ),
    ],
)
def test_a_bad_frame_is_a_problem_and_no_measurement(payload, error):
    parsed = read(GEN2, "shellies/x/events/rpc", payload)
    assert not parsed.measurements
    assert [(item.device, item.error) for item in parsed.problems] == [("shellies/x", error)]
    assert detect("shellies/x/events/rpc", payload.encode()).name == GEN2


def test_a_request_to_a_device_says_nothing():
    payload = '{"id":1,"src":"shellies/x/sporeprint","method":"Switch.Set","params":{"id":0,"on":true}}'
    assert read(GEN2, "shellies/x/rpc", payload) == Parsed()
    assert detect("shellies/x/rpc", payload.encode()).name == GEN2


def test_an_answer_that_is_an_error_says_nothing():
    topic = "NCELRND1279_shellyplus1-08b61fd9333c/rpc"
    payload = (
        '{"dst":"NCELRND1279_shellyplus1-08b61fd9333c","error":{"code":-109,"message":"shutting down in 952 ms"},'
        '"id":0,"result":{"methods":null},"src":"shellyplus1-08b61fd9333c"}'
    )
    assert not read(GEN2, topic, payload).items
    assert detect(topic, payload.encode()).name == GEN2


GET_STATUS = (
    '{"id":1,"src":"shellypro3em-ec6260890b50","dst":"shellypro3em-ec6260890b50-GetStatus","result":{"ble":{},'
    '"cloud":{"connected":true},"em:0":{"id":0,"a_current":3.761,"a_voltage":121.7,"a_act_power":342.8,'
    '"a_aprt_power":457.5,"a_pf":-0.80,"b_current":8.109,"b_voltage":121.0,"b_act_power":957.3,'
    '"b_aprt_power":980.7,"b_pf":-0.98,"c_current":0.025,"c_voltage":121.7,"c_act_power":0.2,'
    '"c_aprt_power":3.1,"c_pf":-1.00,"n_current":null,"total_current":11.896,"total_act_power":1300.252,'
    '"total_aprt_power":1441.226, "user_calibrated_phase":[]},"emdata:0":{"id":0,'
    '"a_total_act_energy":1075513.08,"a_total_act_ret_energy":0.00,"b_total_act_energy":1776542.72,'
    '"b_total_act_ret_energy":0.00,"c_total_act_energy":0.01,"c_total_act_ret_energy":0.00,'
    '"total_act":2852055.81, "total_act_ret":0.00},"eth":{"ip":null},"modbus":{},"mqtt":{"connected":true}}}'
)


def test_an_answer_to_get_status_is_measured_by_the_one_who_answers():
    topic = "shellypro3em-ec6260890b50-GetStatus/rpc"
    parsed = read(GEN2, topic, GET_STATUS)
    measures(
        parsed,
        "em:0.a current 3.761 A",
        "em:0.a voltage 121.7 V",
        "em:0.a power 342.8 W",
        "em:0.a apparent_power 457.5 VA",
        "em:0.a power_factor -0.8",
        "em:0.b current 8.109 A",
        "em:0.b voltage 121 V",
        "em:0.b power 957.3 W",
        "em:0.b apparent_power 980.7 VA",
        "em:0.b power_factor -0.98",
        "em:0.c current 0.025 A",
        "em:0.c voltage 121.7 V",
        "em:0.c power 0.2 W",
        "em:0.c apparent_power 3.1 VA",
        "em:0.c power_factor -1",
        "em:0 current 11.896 A",
        "em:0 power 1300.252 W",
        "em:0 apparent_power 1441.226 VA",
        "emdata:0.a energy 1075513.08 Wh",
        "emdata:0.a energy_returned 0 Wh",
        "emdata:0.b energy 1776542.72 Wh",
        "emdata:0.b energy_returned 0 Wh",
        "emdata:0.c energy 0.01 Wh",
        "emdata:0.c energy_returned 0 Wh",
        "emdata:0 energy 2852055.81 Wh",
        "emdata:0 energy_returned 0 Wh",
    )
    assert len(parsed.items) == 26
    assert {(item.device, item.at) for item in parsed.measurements} == {("shellypro3em-ec6260890b50", None)}
    assert parsed.voice not in ("rpc", "status")  # an answer that was asked for repeats nobody
    assert detect(topic, GET_STATUS.encode()).name == GEN2


def test_an_answer_has_the_time_of_the_device():
    answer = {
        "id": 1,
        "src": "shellyproem50-08f9e0e67204",
        "result": {
            "em1:0": {"id": 0, "act_power": 0.0},
            "switch:0": {"id": 0, "output": True, "temperature": {"tC": 31.6, "tF": 88.8}},
            "sys": {"mac": "08F9E0E67204", "time": "18:47", "unixtime": 1707932870},
            "wifi": {"sta_ip": "192.168.8.9", "status": "got ip", "rssi": -61},
        },
    }
    parsed = read(GEN2, "evcc/rpc", json.dumps(answer))
    measures(parsed, "em1:0 power 0 W", "switch:0 device_temperature 31.6 °C")
    assert {item.at for item in parsed.measurements} == {instant(1707932870)}
    assert parsed.items[-1] == DeviceInfo(
        "shellyproem50-08f9e0e67204",
        manufacturer="Shelly",
        ip_address="192.168.8.9",
        mac="08F9E0E67204",
        signal_dbm=-61,
    )


def test_an_answer_below_the_prefix_belongs_to_the_prefix():
    answer = (
        '{"id":5,"src":"shellyplus1-7c87ce","dst":"rinse/status","result":{"temperature:100":{"tC":20.5}}}'
    )
    parsed = read(GEN2, "rinse/status/rpc", answer)
    measures(parsed, "temperature:100 temperature 20.5 °C")
    assert parsed.device == "rinse"


def test_an_answer_about_one_component_does_not_say_which_one():
    answer = '{"id":5,"src":"shellyplus1pm-1","result":{"id":0,"source":"init","output":true,"apower":8.9}}'
    assert not read(GEN2, "me/rpc", answer).items


def test_a_full_status():
    payload = (
        '{"src":"shellyplusplugs-80646fd031f8","dst":"shellyplusplugs-80646fd031f8/events",'
        '"method":"NotifyFullStatus","params":{"ts":1698999954.77,"ble":{},"cloud":{"connected":true},'
        '"mqtt":{"connected":true},"plugs_ui":{},"script:1":{"id":1,"running":true,"mem_used":2786},'
        '"switch:0":{"id":0, "source":"init", "output":true, "apower":0.0, "voltage":229.1, "current":0.000, '
        '"aenergy":{"total":30473.355,"by_minute":[0.000,0.000,0.000],"minute_ts":1698999953},'
        '"temperature":{"tC":34.8, "tF":94.7}},"sys":{"mac":"80646FD031F8","restart_required":false,'
        '"time":"09:25","unixtime":1698999954,"uptime":21,"available_updates":{"stable":{"version":"1.0.8"}}},'
        '"wifi":{"sta_ip":"192.168.178.72","status":"got ip","ssid":"works","rssi":-73},"ws":{"connected":false}}}'
    )
    parsed = read(GEN2, "shellyplusplugs-80646fd031f8/events/rpc", payload)
    measures(
        parsed,
        "switch:0 power 0 W",
        "switch:0 voltage 229.1 V",
        "switch:0 current 0 A",
        "switch:0 energy 30473.355 Wh",
        "switch:0 device_temperature 34.8 °C",
    )
    assert {item.at for item in parsed.measurements} == {instant(1698999954.77)}
    assert parsed.items[-1] == DeviceInfo(
        "shellyplusplugs-80646fd031f8",
        manufacturer="Shelly",
        ip_address="192.168.178.72",
        mac="80646FD031F8",
        signal_dbm=-73,
    )


def test_a_sleeping_device_tells_all_when_it_wakes():
    params = {
        "ts": 1680962879.62,
        "devicepower:0": {"id": 0, "battery": {"V": 5.41, "percent": 71}, "external": {"present": False}},
        "ht_ui": {},
        "humidity:0": {"id": 0, "rh": 42.2},
        "temperature:0": {"id": 0, "tC": 19.8, "tF": 67.6},
        "sys": {"mac": "B8D61A8B17CC", "unixtime": None, "wakeup_period": 600},
    }
    parsed = read(GEN2, "shellyhtg3-b8d61a8b17cc/events/rpc", notify(params, method="NotifyFullStatus"))
    measures(
        parsed,
        "devicepower:0 battery 71 %",
        "devicepower:0 voltage 5.41 V",
        "humidity:0 humidity 42.2 %",
        "temperature:0 temperature 19.8 °C",
    )


def test_another_name_of_a_device_is_its_alias():
    for params in (
        {"ts": 1.61, "mqtt": {"connected": True}},
        {"ts": 1700000000, "switch:0": {"output": True}},
    ):
        parsed = read(GEN2, "shellies/plus1pm/events/rpc", notify(params, "shellyplus1pm-4417939341dc"))
        assert tuple(item for item in parsed.items if not isinstance(item, Switched)) == (
            DeviceInfo("shellies/plus1pm", "shellyplus1pm-4417939341dc", manufacturer="Shelly"),
        )


def test_available_updates_are_not_the_firmware():
    params = {"ts": 1661517398.5, "sys": {"available_updates": {"beta": {"version": "0.11.0-beta3"}}}}
    assert read(GEN2, "x/events/rpc", notify(params, "x")).items == ()


def test_what_a_device_says_of_itself():
    payload = (
        '{"name":null,"id":"shellyplus1pm-a8032abe54dc","mac":"A8032ABE54DC","model":"SNSW-001P16EU","gen":2,'
        '"fw_id":"20231107-164738/1.0.8-g","ver":"1.0.8","app":"Plus1PM","auth_en":false}'
    )
    known = {"manufacturer": "Shelly", "model": "SNSW-001P16EU", "firmware": "1.0.8", "mac": "A8032ABE54DC"}
    device = "shellyplus1pm-a8032abe54dc"
    for topic, info in (
        ("shellies/announce", DeviceInfo(device, **known)),
        (f"{device}/announce", DeviceInfo(device, **known)),
        ("rinse/announce", DeviceInfo("rinse", alias=device, **known)),
    ):
        assert read(GEN2, topic, payload).items == (info,)
        assert detect(topic, payload.encode()).name == GEN2
    answer = f'{{"id":1,"src":"{device}","result":{payload}}}'
    assert read(GEN2, "me/rpc", answer).items == (DeviceInfo(device, **known),)


@pytest.mark.parametrize(
    ("topic", "device", "family"),
    [
        ("shelly1minig3-54320464f17c/online", "shelly1minig3-54320464f17c", GEN2),
        ("shellies/plus1pm/online", "shellies/plus1pm", GEN2),
        ("shellies/shellypro4pm-f008d1d8b8b8/online", "shellies/shellypro4pm-f008d1d8b8b8", GEN2),
        ("ShellyLichtGarten/online", "ShellyLichtGarten", GEN2),
        ("shellies/shelly4pro-06231A/online", "shelly4pro-06231A", "shelly_gen1"),
        ("shellies/shellyplug-s-7c87ce/online", "shellyplug-s-7c87ce", "shelly_gen1"),
        ("shellies/shelly1/online", "shelly1", "shelly_gen1"),
        ("shellies/rinse/online", "rinse", "shelly_gen1"),
    ],
)
@pytest.mark.parametrize("online", [True, False])
def test_birth_and_last_will(topic, device, family, online):
    payload = json.dumps(online)
    assert detect(topic, payload.encode()).name == family
    assert read(family, topic, payload).items == (Presence(device, online),)


@pytest.mark.parametrize(
    ("time", "at", "impossible"),
    [
        (1788945292.88, instant(1788945292.88), False),
        (1788945292, instant(1788945292), False),
        (1.61, None, True),
        (0, None, True),
        (-5, None, True),
        (1577836799, None, True),
        (1577836800, instant(1577836800), False),
        (1e300, None, True),
    ],
)
def test_the_time_of_the_device(time, at, impossible):
    (item,) = read(GEN2, "x/events/rpc", notify({"ts": time, "switch:0": {"apower": 1}}, "x")).items
    assert (item.at, item.impossible_time) == (at, impossible)


@pytest.mark.parametrize("time", ['"2023-11-03"', "true", "[]", "{}", "NaN", "1e999"])
def test_a_time_that_is_none_is_a_problem_and_the_measurement_stays(time):
    payload = f'{{"src":"x","method":"NotifyStatus","params":{{"ts":{time},"switch:0":{{"apower":1}}}}}}'
    parsed = read(GEN2, "x/events/rpc", payload)
    measures(parsed, "switch:0 power 1 W")
    assert [item.error for item in parsed.problems] == ["invalid_time"]
    assert (parsed.measurements[0].at, parsed.measurements[0].impossible_time) == (None, False)


def test_a_component_that_went_away_is_not_measured():
    assert not read(GEN2, "x/events/rpc", notify({"ts": 1700000000, "temperature:101": None}, "x")).items


def test_retained_is_passed_on():
    (item,) = read(GEN2, "x/status/temperature:100", '{"tC":20}', retained=True).measurements
    assert item.retained


@pytest.mark.parametrize(
    "topic", ["events/rpc", "status/switch:0", "status/sys", "online", "rpc", "announce"]
)
def test_an_empty_payload_takes_a_retained_message_back(topic):
    assert not read(GEN2, f"x/{topic}", b"").items


@pytest.mark.parametrize(
    "topic", ["x/command/switch:0", "x/command", "x/events/ble", "status/x", "online", "rpc"]
)
def test_topics_that_say_nothing_of_a_device(topic):
    assert not read(GEN2, topic, '{"apower":1}').items


def test_a_measurement_of_nobody_is_none():
    payload = '{"method":"NotifyStatus","params":{"ts":1700000000,"switch:0":{"apower":1}}}'
    assert not read(GEN2, "me/rpc", payload).items
    assert not read(GEN2, "/events/rpc", payload).items


@pytest.mark.parametrize(
    "topic", ["x/events/rpc", "x/rpc", "x/status/switch:0", "x/status/sys", "x/announce"]
)
@pytest.mark.parametrize("payload", HOSTILE_JSON)
def test_hostile_json_gives_few_items(topic, payload):
    assert len(read(GEN2, topic, payload).items) <= MAX_ITEMS + 1
    detect(topic, payload)


def test_a_flood_of_components_is_cut_off_and_said():
    params = {f"switch:{number}": {"apower": number} for number in range(1000)}
    parsed = read(GEN2, "x/events/rpc", notify(params, "x"))
    assert len(parsed.measurements) == MAX_ITEMS
    assert [item.error for item in parsed.problems] == ["too_large"]


@pytest.mark.parametrize(
    "unit",
    [b'"switch:0":{"apower":1},', b'"switch:%d":{"output":true},', b'"x":[[[[[[[[]]]]]]]],', b'"a":9999,'],
)
def test_the_work_grows_no_faster_than_the_payload(unit):
    def payload(times):
        parts = b"".join(unit % number if b"%d" in unit else unit for number in range(times))
        return b'{"src":"x","method":"NotifyStatus","params":{' + parts + b'"z":0}}'

    little, much = (calls(GEN2, "x/events/rpc", payload(times)) for times in (500, 5000))
    assert much < 12 * little


PAYLOADS = [payload.encode() for _topic, payload, _time, _expected in REAL]
PAYLOADS += [GET_STATUS.encode(), *(status.encode() for _component, status, *_rest in DOCUMENTED + FAULTS)]
REAL_TOPICS = st.sampled_from(
    [topic for topic, *_rest in REAL] + ["x/rpc", "shellies/announce", "x/announce"]
)


@given(topics | REAL_TOPICS, st.binary(max_size=200) | damaged(PAYLOADS))
@example("x/events/rpc", b'{"method":["NotifyStatus"],"src":["x"],"params":{}}')
@example(
    "x/events/rpc", b'{"src":"\\ud800","method":"NotifyStatus","params":{"ts":1e15,"wifi":{"rssi":1e300}}}'
)
@example("x/rpc", b'{"src":"x","result":{"id":[],"mac":{},"sys":[],"wifi":7,"eth":"e"}}')
def test_it_never_raises_and_never_invents_a_value(topic, payload):
    parsed = read(GEN2, topic, payload)
    for item in parsed.measurements:
        assert item.value is None or -1e308 < item.value < 1e308
        assert item.channel.isprintable()
    for item in parsed.items:
        if isinstance(item, DeviceInfo):
            assert (item.alias + item.mac + item.model + item.firmware + item.ip_address).isprintable()
    detect(topic, payload)


COMPONENT_NAMES = [
    "switch:0",
    "em:0",
    "temperature:100",
    "input:1",
    "devicepower:0",
    "sys",
    "wifi",
    "eth",
    "ts",
]
FIELD_NAMES = [
    "apower",
    "tC",
    "errors",
    "a_errors",
    "a_voltage",
    "percent",
    "battery",
    "V",
    "temperature",
    "aenergy",
    "total",
    "unixtime",
    "mac",
    "rssi",
    "sta_ip",
    "ip",
]
STATUSES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(FIELD_NAMES), children, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(COMPONENT_NAMES), STATUSES))
def test_it_never_raises_whatever_stands_where(params):
    parsed = read(GEN2, "x/events/rpc", notify(params, "x"))
    for item in parsed.measurements:
        assert item.value is None or -1e308 < item.value < 1e308
