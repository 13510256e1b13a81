import { registry } from "@web/core/registry";

// Ten seconds, which a step has otherwise, are little on a machine that has other things to do.
const unhurried = (step) => ({ timeout: 60_000, ...step });

function menu(xmlid, content) {
    return { content, trigger: `[data-menu-xmlid="${xmlid}"]`, run: "click" };
}

const openPlating = [
    { content: "open the apps", trigger: ".o_navbar_apps_menu button", run: "click" },
    menu("fusion_plating.menu_plating_root", "open Plating"),
];

registry.category("web_tour.tours").add("fp_tank_live", {
    steps: () => [
        ...openPlating,
        menu("fusion_plating.menu_plating_operations", "open Operations"),
        menu("fusion_plating.menu_plating_tank", "open the tanks"),
        {
            content: "the card shows the latest value, with its unit",
            trigger: ".o_kanban_record:contains(Tour tank) .o_fp_value_number:contains(95.5):contains(°C)",
        },
        {
            content: "it is out of spec, in words",
            trigger: ".o_kanban_record:contains(Tour tank) .o_fp_value_status:contains(Out of spec)",
        },
        {
            content: "and its age",
            trigger: ".o_kanban_record:contains(Tour tank) .o_fp_value_age:contains(/\\d+ (s|min)/)",
        },
        {
            content: "the tank is on hold",
            trigger: ".o_kanban_record:contains(Tour tank) .badge:contains(ON HOLD)",
        },
        {
            content: "open the tank",
            trigger: ".o_kanban_record:contains(Tour tank) .o_fp_tank_head",
            run: "click",
        },
        {
            content: "the trend says what it shows",
            trigger: ".o_fp_trend canvas[role=img][aria-label*='out of spec']",
        },
        {
            content: "with the limits in force",
            trigger: ".o_fp_trend_legend:contains(Specification 70.0 – 90.0 °C)",
        },
        { content: "look at one hour", trigger: ".o_fp_trend [data-range='1h']", run: "click" },
        { trigger: ".o_fp_trend [data-range='1h'].active" },
        { content: "as a table", trigger: ".o_fp_trend_toggle", run: "click" },
        {
            content: "the reading is in it",
            trigger: ".o_fp_trend_table tr:contains(95.5):contains(Out of spec)",
        },
        { content: "back to the chart", trigger: ".o_fp_trend_toggle", run: "click" },
        { content: "the sensors of the tank", trigger: ".nav-link:contains(Sensors)", run: "click" },
        {
            content: "with age and state",
            trigger: "[name=x_fc_sensor_ids] .o_data_row:contains(Out of spec) .o_fusion_age",
        },
        { content: "back to the trend", trigger: ".nav-link:contains(Trend)", run: "click" },
        { content: "open the hold by its flag", trigger: ".o_fusion_mark[data-mark^=hold]", run: "click" },
        {
            content: "the hold shows the trend around it",
            trigger: ".o_form_view:contains(Quality hold) .o_fp_trend canvas",
        },
    ].map(unhurried),
});

registry.category("web_tour.tours").add("fp_manual_reading", {
    steps: () => [
        ...openPlating,
        menu("fusion_plating.menu_plating_operations", "open Operations"),
        menu("fusion_plating_iot.menu_tank_reading", "open the readings"),
        { content: "enter a reading", trigger: ".o_list_button_add", run: "click" },
        {
            content: "choose the sensor",
            trigger: "[name=sensor_id] input",
            run: "edit Tour probe",
        },
        { trigger: ".dropdown-item:contains(Tour probe)", run: "click" },
        { content: "type the value", trigger: "[name=value] input", run: "edit 82.5 && press Tab" },
        { content: "save", trigger: ".o_statusbar_buttons button:contains(Save reading)", run: "click" },
        { content: "it was judged", trigger: ".o_form_saved [name=judgement]:contains(In spec)" },
        { content: "and is marked as entered by hand", trigger: "[name=source]:contains(By hand)" },
        { content: "it cannot be changed", trigger: "[name=value].o_readonly_modifier" },
        { content: "back to the list", trigger: ".o_back_button", run: "click" },
        { content: "it is the newest", trigger: ".o_data_row:first:contains(82.5)" },
    ].map(unhurried),
});

registry.category("web_tour.tours").add("fp_discovered_sensor", {
    steps: () => [
        { content: "open the apps", trigger: ".o_navbar_apps_menu button", run: "click" },
        menu("fusion_iot.menu_iot_root", "open IoT"),
        menu("fusion_iot.menu_iot_devices", "open Devices"),
        menu("fusion_iot.menu_mqtt_discovery", "what was discovered"),
        {
            content: "set the stranger up",
            trigger: ".o_data_row:contains(tour-gateway) button[name=action_set_up]",
            run: "click",
        },
        { content: "choose the tank", trigger: ".modal .o_data_row td[name=tank_id]", run: "click" },
        { trigger: ".modal .o_selected_row [name=tank_id] input", run: "edit Tour tank" },
        { trigger: ".dropdown-item:contains(Tour tank)", run: "click" },
        {
            content: "its parameter comes along",
            trigger: ".modal .o_selected_row [name=parameter_id]:has(:value(Temperature))",
        },
        { content: "confirm", trigger: ".modal button[name=action_confirm]", run: "click" },
        {
            content: "the device has a channel with a tank sensor",
            trigger: "[name=channel_ids] .o_data_row:contains(28-00000000beef) [name=tank_sensor_id]:contains(TT1)",
        },
        { content: "open the sensor", trigger: "button[name=action_open_tank_sensors]", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(28-00000000beef):contains(No data yet)" },
    ].map(unhurried),
});
