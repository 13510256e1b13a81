import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { reactive } from "@odoo/owl";
import { runtimeLevel } from "./runtime_health";

const GROUP = "fusion_iot.group_iot_user";

/**
 * How the runtime is, for those who may know: asked when the web client is there, when the server nudges, and
 * every half minute. While the server does not answer, what was known last stands: the connection banner says it.
 */
export const runtimeService = {
    dependencies: ["fusion_live", "orm"],
    start(env, { fusion_live: live, orm }) {
        const state = reactive({ level: runtimeLevel(null), health: null });
        const ask = async () => {
            const health = await orm.silent.call("iot.runtime.worker", "health", []);
            Object.assign(state, { health, level: runtimeLevel(health) });
        };
        const begin = async () => {
            if (await user.hasGroup(GROUP)) {
                live.add(ask, { kinds: ["runtime"], background: true }).refresh();
            }
        };
        env.bus.addEventListener("WEB_CLIENT_READY", begin, { once: true });
        return { state };
    },
};

registry.category("services").add("fusion_runtime", runtimeService);
