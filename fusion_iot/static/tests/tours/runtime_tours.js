import { registry } from "@web/core/registry";

// Ten seconds, which a step has otherwise, are little on a machine that has other things to do.
const unhurried = (step) => ({ timeout: 60_000, ...step });

registry.category("web_tour.tours").add("fusion_iot_runtime_dead", {
    steps: () => [
        {
            content: "the menu bar says that the runtime is dead, and since when",
            trigger: ".o_fusion_runtime_dead:contains(/since \\d/)",
            run: "click",
        },
        {
            content: "and what is left out",
            trigger: ".o_fusion_runtime_menu li:contains(Tour broker):contains(Waiting for a server)",
        },
        { content: "open the runtime", trigger: ".o_fusion_runtime_open", run: "click" },
        { content: "it is in the list", trigger: ".o_data_row:contains(Tour broker):contains(Waiting for a server)" },
        { content: "with what to do", trigger: ".o_fusion_runtime_hint pre:contains(db_name)" },
        {
            content: "the banner says that no readings come",
            trigger: ".o_fusion_runtime_banner[role=alert]:contains(connections such as MQTT take no readings)",
        },
        { content: "look at one", trigger: ".o_data_row:contains(Tour broker) .o_data_cell", run: "click" },
        { content: "in its form", trigger: ".o_form_view .o_fusion_runtime_hint" },
    ].map(unhurried),
});

registry.category("web_tour.tours").add("fusion_iot_runtime_alive", {
    steps: () => [
        { content: "open the apps", trigger: ".o_navbar_apps_menu button", run: "click" },
        { trigger: "[data-menu-xmlid='fusion_iot.menu_iot_root']", run: "click" },
        { content: "the answer is there", trigger: ".o_fusion_runtime_systray[data-level=ok]:not(:visible)" },
        {
            content: "nothing is said while all is well",
            trigger: "body:not(:has(.o_fusion_runtime_button)):not(:has(.o_fusion_runtime_banner))",
        },
    ].map(unhurried),
});
