import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * What a button answers that has told devices to do something: waits until it is known what became of that, and says so.
 * The form stays usable meanwhile.
 *
 *     { type: "ir.actions.client", tag: "fusion_iot_await", params: { ids } }
 */
function awaitCommands(env, { params: { ids } }) {
    const { fusion_commands: commands, notification } = env.services;
    commands.wait(ids).then((outcomes) => {
        for (const { summary, state, answer } of outcomes) {
            const type = state === "done" ? "success" : "danger";
            notification.add(answer || _t("Done"), { title: summary, type });
        }
    });
}

registry.category("actions").add("fusion_iot_await", awaitCommands);
