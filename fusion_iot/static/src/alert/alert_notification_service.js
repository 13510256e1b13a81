import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { AlertSound } from "./alert_sound";

const TYPES = { critical: "danger", warning: "warning", info: "info", over: "success" };
const SHOWN = 5;

/**
 * Shows what the server tells this person of alerts, and rings for critical ones. A message goes when all that it tells
 * of is over, or somebody has acknowledged it.
 *
 * @typedef {Object} ToldAlerts
 * @property {string} key of the message: what comes twice is shown once
 * @property {string} title
 * @property {string[]} lines
 * @property {number} more how many alerts no line is for
 * @property {"info" | "warning" | "critical" | "over"} severity
 * @property {number[]} alert_ids
 * @property {boolean} sound
 */
export const alertNotificationService = {
    dependencies: ["action", "bus_service", "fusion_live", "multi_tab", "notification", "orm"],
    start(_env, { action, bus_service, fusion_live: live, multi_tab, notification, orm }) {
        const sound = new AlertSound(() => multi_tab.isOnMainTab());
        const shown = new Set();
        const standing = new Map();
        let member = null;

        async function takeAway() {
            const ids = [...standing.values()].flat();
            if (!ids.length) {
                return;
            }
            const domain = [["id", "in", ids], ["status", "=", "active"]];
            const active = new Set(await orm.silent.search("iot.alert", domain));
            for (const [close, told] of standing) {
                if (!told.some((id) => active.has(id))) {
                    close();
                }
            }
        }

        async function acknowledge(ids, close) {
            await orm.call("iot.alert", "action_acknowledge", [ids]);
            close();
        }

        function open(ids, close) {
            close();
            if (ids.length === 1) {
                return action.doAction({
                    type: "ir.actions.act_window",
                    res_model: "iot.alert",
                    res_id: ids[0],
                    views: [[false, "form"]],
                });
            }
            return action.doAction("fusion_iot.iot_alert_action", { clearBreadcrumbs: false });
        }

        /** @param {ToldAlerts} told */
        function show(told) {
            if (shown.has(told.key)) {
                return;
            }
            const lines = [...told.lines.slice(0, SHOWN)];
            if (told.more) {
                lines.push(_t("And %s more.", told.more));
            }
            const ids = told.alert_ids;
            const buttons = [];
            if (ids.length && told.severity !== "over") {
                buttons.push({ name: _t("Acknowledge"), onClick: () => acknowledge(ids, close) });
            }
            if (ids.length) {
                buttons.push({ name: _t("Open"), onClick: () => open(ids, close) });
            }
            const close = notification.add(lines.length ? lines.join("\n") : told.title, {
                title: lines.length ? told.title : undefined,
                type: TYPES[told.severity] || "info",
                sticky: told.severity === "critical",
                className: "o_fusion_alert_told",
                buttons,
                onClose: () => standing.delete(close),
            });
            shown.add(told.key);
            if (ids.length && told.severity !== "over") {
                standing.set(close, ids);
                member ||= live.add(takeAway, { kinds: ["alert"], background: true });
            }
            if (told.sound) {
                sound.play();
            }
        }

        bus_service.subscribe("fusion_iot/alert", show);
        return { sound, show };
    },
};

registry.category("services").add("fusion_alert_notification", alertNotificationService);

/** In the menu under the own name: whether this browser rings. */
registry.category("user_menuitems").add("fusion_alert_sound", (env) => {
    const { sound } = env.services.fusion_alert_notification;
    return {
        type: "item",
        id: "fusion_alert_sound",
        description: sound.isMuted ? _t("Turn the alert sound on") : _t("Turn the alert sound off"),
        callback: () => {
            sound.isMuted = !sound.isMuted;
        },
        sequence: 45,
    };
});
