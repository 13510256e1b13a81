import { registry } from "@web/core/registry";

// Ten seconds, which a step has otherwise, are little on a machine that has other things to do.
const unhurried = (step) => ({ timeout: 60_000, ...step });

function menu(xmlid, content) {
    return { content, trigger: `[data-menu-xmlid="${xmlid}"]`, run: "click" };
}

const openMachines = [
    { content: "open the apps", trigger: ".o_navbar_apps_menu button", run: "click" },
    menu("fusion_iot.menu_iot_root", "open IoT"),
    menu("fusion_session_detector.menu_session", "open Sessions"),
    menu("fusion_session_detector.menu_session_machine", "open the machines"),
];

registry.category("web_tour.tours").add("fusion_session_machine", {
    steps: () => [
        ...openMachines,
        {
            content: "the card says what the machine does, in words and watts",
            trigger: ".o_kanban_record:contains(Tour lathe) .o_fusion_machine:contains(Working):contains(740 W)",
        },
        {
            content: "and since when",
            trigger: ".o_kanban_record:contains(Tour lathe) .o_fusion_machine_elapsed:contains(running for)",
        },
        menu("fusion_session_detector.menu_session", "open Sessions"),
        menu("fusion_session_detector.menu_session_timeline", "open the timeline"),
        {
            content: "the bar of its work",
            trigger: ".o_fusion_timeline_row:contains(Tour lathe) .o_fusion_timeline_working",
            run: "click",
        },
        {
            content: "opens the session with its power",
            trigger: ".o_form_view:contains(Tour lathe) .o_fusion_session_chart canvas[aria-label*='at most 740 W']",
        },
        { content: "as a table", trigger: ".o_fusion_session_toggle", run: "click" },
        { trigger: ".o_fusion_session_table tr:contains(Working):contains(now)" },
        { content: "the machine", trigger: "[name=device_id] a", run: "click" },
        { content: "end the session by hand", trigger: "button[name=action_stop_session]", run: "click" },
        { content: "sure", trigger: ".modal .btn-primary", run: "click" },
        {
            content: "it can be started again",
            trigger: ".o_form_view button[name=action_start_session]",
        },
        { content: "its sessions", trigger: "button[name=action_open_sessions]", run: "click" },
        {
            content: "it is over, and it is said by whom",
            trigger: ".o_data_row:contains(Tour lathe):contains(Completed):contains(Ended by hand)",
        },
    ].map(unhurried),
});

registry.category("web_tour.tours").add("fusion_session_what_if", {
    steps: () => [
        ...openMachines,
        {
            content: "open the machine",
            trigger: ".o_kanban_record:contains(Tour lathe) .o_fusion_machine",
            run: "click",
        },
        { content: "its settings", trigger: ".nav-link:contains(Sessions)", run: "click" },
        { content: "what if", trigger: "button[name=action_what_if]", run: "click" },
        {
            content: "as it is, nothing differs",
            trigger: ".modal .o_fusion_what_if_verdict:contains(The sessions would be the same)",
        },
        { content: "and it is seen what the machine draws", trigger: ".modal .o_fusion_histogram_bar" },
        {
            content: "work from more than it draws",
            trigger: ".modal [name=working_threshold_w] input",
            run: "edit 900 && press Tab",
        },
        {
            content: "that session would be another",
            trigger: ".modal .o_fusion_what_if_verdict:contains(1 would be different)",
        },
        { trigger: ".modal .o_fusion_what_if_table tr:contains(would be)" },
        { content: "apply", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "sure", trigger: ".modal:last .modal-footer .btn-primary:contains(Ok)", run: "click" },
        {
            content: "the machine has it",
            trigger: "body:not(:has(.modal)) [name=working_threshold_w] input:value(900)",
        },
    ].map(unhurried),
});
