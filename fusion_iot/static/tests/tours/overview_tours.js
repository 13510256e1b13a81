import { registry } from "@web/core/registry";

// Ten seconds, which a step has otherwise, are little on a machine that has other things to do.
const unhurried = (step) => ({ timeout: 60_000, ...step });

registry.category("web_tour.tours").add("fusion_iot_overview_shelve", {
    steps: () => [
        {
            content: "shelve it where it is first seen",
            trigger: ".o_fusion_item:contains(Tour pump) button[name=action_shelve]",
            run: "click",
        },
        {
            content: "a reason is asked for",
            trigger: ".modal .o_field_widget[name=reason] input, .modal .o_field_widget[name=reason] textarea",
            run: "edit At the repair shop",
        },
        { content: "shelve", trigger: ".modal footer button[name=action_shelve]", run: "click" },
        {
            content: "it needs nobody now",
            trigger: "body:not(:has(.modal)) .o_fusion_overview:not(:has(.o_fusion_item:contains(Tour pump)))",
        },
    ].map(unhurried),
});
