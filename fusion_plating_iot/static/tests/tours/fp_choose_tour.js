import { registry } from "@web/core/registry";

const menu = (xmlid) => ({ content: `menu ${xmlid}`, trigger: `[data-menu-xmlid="${xmlid}"]`, run: "click" });

/** Begin a new record, once the list of the menu is there. */
const create = (list) => [
    { content: `${list} are shown`, trigger: `.o_breadcrumb .active:contains(${list})` },
    { content: "a new record", trigger: ".o_list_button_add, .o-kanban-button-new", run: "click" },
];
const save = [
    { content: "save", trigger: ".o_form_button_save", run: "click" },
    { content: "it is saved", trigger: ".o_form_saved" },
];

/** Type a part of the name, see that nothing would be made of it, and take the record that is found. */
function choose(field, typed, found) {
    return [
        { content: `type into ${field}`, trigger: `[name=${field}] input`, run: `edit ${typed}` },
        {
            content: "nothing is made of a mere name",
            trigger: `.o-autocomplete--dropdown-menu:not(:has(.o_m2o_dropdown_option_create)) .dropdown-item:contains(${found})`,
            run: "click",
        },
        { content: "it is chosen", trigger: `[name=${field}] input:value(${found})` },
    ];
}

registry.category("web_tour.tours").add("fp_choose_tank", {
    steps: () =>
        [
            { content: "open the apps", trigger: ".o_navbar_apps_menu button", run: "click" },
            menu("fusion_plating.menu_plating_root"),
            menu("fusion_plating.menu_plating_operations"),
            menu("fusion_plating_iot.menu_tank_sensor"),
            ...create("Sensors"),
            { trigger: "[name=name] input", run: "edit Chosen probe" },
            { trigger: "[name=device_serial] input", run: "edit 28-0000000000cb" },
            ...choose("tank_id", "TT1", "TT1 Tour tank"),
            ...choose("parameter_id", "Temp", "TT1 · Temperature"),
            ...save,
            menu("fusion_plating.menu_plating_operations"),
            menu("fusion_plating.menu_plating_bath"),
            ...create("Baths"),
            ...choose("tank_id", "Spare", "TT2 Spare tank"),
            { trigger: "[name=chemistry] input", run: "edit Chosen bath" },
            ...save,
            menu("fusion_plating_quality.menu_plating_quality"),
            menu("fusion_plating_quality.menu_plating_quality_hold"),
            ...create("Quality Holds"),
            ...choose("tank_id", "TT1", "TT1 Tour tank"),
            ...choose("parameter_id", "Temp", "TT1 · Temperature"),
            {
                content: "say why",
                trigger: "[name=description] .odoo-editor-editable",
                run: "editor Oil on the surface",
            },
            ...save,
            menu("fusion_plating.menu_plating_operations"),
            menu("fusion_plating_iot.menu_unknown_device"),
            {
                content: "make a sensor of a stranger",
                trigger: ".o_data_row:contains(28-0000000000ca) button[name=action_make_sensor]",
                run: "click",
            },
            ...choose("tank_id", "TT1", "TT1 Tour tank"),
            ...choose("parameter_id", "Temp", "TT1 · Temperature"),
            ...save,
        ].map((step) => ({ timeout: 60_000, ...step })),
});
