import { registry } from "@web/core/registry";

// Ten seconds, which a step has otherwise, are little on a machine that has other things to do.
const unhurried = (step) => ({ timeout: 60_000, ...step });

registry.category("web_tour.tours").add("fusion_iot_box_pairing", {
    steps: () => [
        { content: "nothing there yet", trigger: ".o_view_nocontent:contains(Pair an IoT Box)" },
        { content: "pair one", trigger: "button[name=action_pair]", run: "click" },
        { content: "give it a name", trigger: ".modal .o_field_widget[name=name] input", run: "edit Line 1" },
        { content: "make a token", trigger: ".modal button[name=action_make]", run: "click" },
        {
            content: "it is shown with what the client wants",
            trigger: ".modal .o_field_CopyClipboardChar:contains(/token=.+&db_uuid=&enterprise_code=&db_name=/)",
        },
        { content: "done", trigger: ".modal button[name=action_done]", run: "click" },
        { content: "back in the list", trigger: "body:not(:has(.modal)) .o_list_view" },
    ].map(unhurried),
});

registry.category("web_tour.tours").add("fusion_iot_box_unpairing", {
    steps: () => [
        { content: "the box", trigger: ".o_data_row:contains(Line 1):contains(Offline) .o_data_cell", run: "click" },
        { content: "its device", trigger: ".o_field_widget[name=device_ids] .o_data_row:contains(Scanner)" },
        { content: "rename it", trigger: ".o_field_widget[name=name] input", run: "edit Line 2" },
        { content: "and part with it", trigger: "button[name=action_unpair]", run: "click" },
        { content: "for sure", trigger: ".modal:contains(forgets this server) .btn-primary", run: "click" },
        { content: "it says so", trigger: ".alert:contains(This box is not paired)" },
        { trigger: ".o_field_widget[name=device_ids] .o_data_row:contains(Scanner)" },
        { content: "put another in its place", trigger: "button[name=action_replace]", run: "click" },
        { content: "it takes the devices over", trigger: ".modal .o_field_widget[name=box_id]:contains(Line 2)" },
        { trigger: ".modal button[name=action_make]", run: "click" },
        { trigger: ".modal .o_field_CopyClipboardChar:contains(token=)" },
        { trigger: ".modal button[name=action_done]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_data_row:contains(Line 2):contains(Unpaired)" },
    ].map(unhurried),
});
