import { registry } from "@web/core/registry";

const menu = (xmlid) => ({ content: `menu ${xmlid}`, trigger: `[data-menu-xmlid="${xmlid}"]`, run: "click" });
const unhurried = (step) => ({ timeout: 60_000, ...step });

registry.category("web_tour.tours").add("fp_change_limit", {
    steps: () =>
        [
            { content: "open the apps", trigger: ".o_navbar_apps_menu button", run: "click" },
            menu("fusion_plating.menu_plating_root"),
            menu("fusion_plating.menu_plating_configuration"),
            menu("fusion_plating.menu_plating_bath_parameter"),
            { content: "the limits of the tank", trigger: ".o_data_row:contains(TT1) [name=name]", run: "click" },
            { content: "no reason is asked for yet", trigger: ".o_form_view:not(:has([name=limit_reason]))" },
            { trigger: "[name=target_max] input", run: "edit 91 && press Tab" },
            { content: "a reason is asked for", trigger: "[name=limit_reason].o_required_modifier" },
            { content: "without one", trigger: ".o_form_button_save", run: "click" },
            { content: "it is not saved", trigger: "[name=limit_reason].o_field_invalid" },
            { trigger: "[name=limit_reason] input", run: "edit New data sheet" },
            { content: "with one", trigger: ".o_form_button_save", run: "click" },
            { content: "it is", trigger: ".o_form_saved" },
            menu("fusion_plating.menu_plating_configuration"),
            menu("fusion_plating.menu_plating_limit_change"),
            {
                content: "and is listed",
                trigger: ".o_data_row:contains(TT1):contains(Spec max):contains(90):contains(91):contains(New data sheet)",
            },
        ].map(unhurried),
});

registry.category("web_tour.tours").add("fp_search_finds_nothing", {
    steps: () =>
        [
            { content: "one is on hold", trigger: ".o_data_row:contains(TT1)" },
            { content: "search for another", trigger: ".o_searchview_input", run: "edit no such hold" },
            { content: "by its number", trigger: ".o_searchview_autocomplete :contains(Search Hold)", run: "click" },
            { content: "that it is not found is all it says", trigger: ".o_nocontent_help:contains(No quality hold found)" },
        ].map(unhurried),
});

registry.category("web_tour.tours").add("fp_phone_strangers", {
    steps: () =>
        [
            {
                content: "a stranger is a card with its whole serial",
                trigger: ".o_kanban_record:contains(28-0000000000ca)",
            },
            {
                content: "make a sensor of it",
                trigger: ".o_kanban_record:contains(28-0000000000ca) button[name=action_make_sensor]",
                run: "click",
            },
            { trigger: ".o_form_view [name=device_serial] input:value(28-0000000000ca)" },
        ].map(unhurried),
});

for (const [tour, card] of [
    ["fp_phone_sensors", "Tour probe"],
    ["fp_phone_holds", "TT1"],
]) {
    registry.category("web_tour.tours").add(tour, {
        steps: () =>
            [
                {
                    content: "one card follows the other",
                    trigger: `.o_kanban_renderer.o_kanban_ungrouped .o_kanban_record:contains(${card})`,
                },
            ].map(unhurried),
    });
}
