"""Messages of Shellys of the second to fourth generation, and what a person reads in them."""

import json

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
