import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { reactive } from "@odoo/owl";

const GROUP = "fusion_iot.group_iot_user";

/**
 * @typedef {Object} AlertSummary
 * @property {number} count open alerts that are not held back
 * @property {number} unacked those of them that nobody has acknowledged
 * @property {"" | "info" | "warning" | "critical"} level the worst severity among those
 * @property {Object[]} alerts the most urgent
 */

/** What is open, for the menu bar: asked when the web client is there, when the server nudges, and every half minute. */
export const alertService = {
    dependencies: ["fusion_live", "orm"],
    start(env, { fusion_live: live, orm }) {
        const state = reactive({ count: 0, unacked: 0, level: "", alerts: [] });
        const ask = async () => {
            Object.assign(state, await orm.silent.call("iot.alert", "summary", []));
        };
        let member = null;
        const begin = async () => {
            if (await user.hasGroup(GROUP)) {
                member = live.add(ask, { kinds: ["alert"], background: true });
                member.refresh();
            }
        };
        env.bus.addEventListener("WEB_CLIENT_READY", begin, { once: true });
        return { state, refresh: () => member?.refresh() };
    },
};

registry.category("services").add("fusion_alerts", alertService);
