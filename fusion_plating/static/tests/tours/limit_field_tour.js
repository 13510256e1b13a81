import { registry } from "@web/core/registry";

// Ten seconds, which a step has otherwise, are little on a machine that has other things to do.
const unhurried = (step) => ({ timeout: 60_000, ...step });

function input(name) {
    return `.o_field_widget[name=${name}] input`;
}

function shows(content, name, value) {
    return {
        content,
        trigger: input(name),
        run() {
            if (this.anchor.value !== value) {
                throw new Error(`${name} shows "${this.anchor.value}" instead of "${value}"`);
            }
        },
    };
}

function save(content) {
    return [
        { content: "a changed limit has a reason", trigger: input("limit_reason"), run: "edit Tour" },
        { content, trigger: ".o_form_button_save", run: "click" },
        { content: `${content}: done`, trigger: ".o_form_saved" },
    ];
}

registry.category("web_tour.tours").add("fusion_plating_limit_field", {
    steps: () => [
        {
            content: "open the parameter",
            trigger: ".o_data_row:contains(Tour parameter) td[name=name]",
            run: "click",
        },
        shows("a limit is written without trailing zeros", "target_min", "-2.2"),
        shows("an empty limit is empty", "action_min", ""),
        { content: "no lower limit", trigger: input("target_min"), run: "clear" },
        { content: "no action limit", trigger: input("action_max"), run: "clear" },
        { content: "0 as upper limit", trigger: input("target_max"), run: "edit 0 && press Tab" },
        ...save("save"),
        shows("the emptied limit stays empty", "target_min", ""),
        shows("0 stays 0", "target_max", "0"),
        {
            content: "type 0 where nothing was",
            trigger: input("action_max"),
            run: "edit 0 && press Tab",
        },
        shows("0 is not lost", "action_max", "0"),
        ...save("save 0"),
        {
            content: "type a limit and stay in it",
            trigger: input("action_max"),
            run() {
                this.anchor.focus();
                this.anchor.value = "-1";
                this.anchor.dispatchEvent(new InputEvent("input", { bubbles: true }));
            },
        },
        {
            content: "the reason is asked for while one is still in the field",
            trigger: input("limit_reason"),
            run() {
                if (document.activeElement?.closest(".o_field_widget")?.getAttribute("name") !== "action_max") {
                    throw new Error("the limit has been left");
                }
            },
        },
        shows("what was typed stays as it was", "action_max", "-1"),
        { content: "and out again", trigger: input("action_max"), run: "clear && press Tab" },
        ...save("save nothing"),
        shows("empty again", "action_max", ""),
    ].map(unhurried),
});
