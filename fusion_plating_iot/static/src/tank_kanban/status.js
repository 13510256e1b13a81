import { _t } from "@web/core/l10n/translation";
import { isStale } from "@fusion_iot_base/live/age";

/**
 * How each state of a sensor is shown: always a text and a shape, and a colour only for what is
 * not normal.
 */
const STATUS = {
    ok: { icon: "fa-check", label: () => _t("In spec") },
    not_judged: { icon: "fa-minus", label: () => _t("Not judged") },
    action: { icon: "fa-exclamation-circle", label: () => _t("Adjust") },
    out_of_spec: { icon: "fa-exclamation-triangle", label: () => _t("Out of spec") },
    fault: { icon: "fa-wrench", label: () => _t("Sensor fault") },
    suspect: { icon: "fa-question-circle", label: () => _t("Suspect") },
    silent: { icon: "fa-chain-broken", label: () => _t("Silent") },
    no_data: { icon: "fa-circle-o", label: () => _t("No data yet") },
};

/**
 * @param {string} status
 * @returns {{icon: string, label: string}}
 */
export function describeStatus(status) {
    const { icon, label } = STATUS[status] || STATUS.no_data;
    return { icon, label: label() };
}

/**
 * The state right now: what was in spec when it was fetched is silent once it is too old, whether
 * or not the server could be asked since.
 *
 * @param {string} status as the server gave it
 * @param {number | null} ageSeconds
 * @param {number | null} limitSeconds
 * @returns {string}
 */
export function statusNow(status, ageSeconds, limitSeconds) {
    const isLive = ["ok", "not_judged", "action", "out_of_spec", "suspect"].includes(status);
    return isLive && ageSeconds !== null && isStale(ageSeconds, limitSeconds) ? "silent" : status;
}
