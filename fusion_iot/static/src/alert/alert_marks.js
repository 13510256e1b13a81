import { _t } from "@web/core/l10n/translation";
import { momentText } from "@fusion_iot_base/time/time_text";
import { ICONS, LEVELS } from "./alert_levels";

/**
 * Alerts of a source as the server tells them for a chart (`_alert_marks`).
 *
 * @typedef {{id: number, start: number, end: number | null, severity: string, label: string,
 *  type: string, text: string}} ToldAlert
 * @typedef {{marks: ToldAlert[], left_out: boolean}} Told
 */

/**
 * An alert as a mark upon a chart: since when its condition made it one, and until when.
 *
 * @param {ToldAlert} alert
 * @returns {import("@fusion_iot_base/chart/chart_marks").Mark}
 */
export function alertMark({ id, start, end, severity, label, type, text }) {
    const words = { severity: label, text, start: momentText(start) };
    return {
        key: `alert-${id}`,
        model: "iot.alert",
        id,
        start,
        end,
        level: LEVELS[severity],
        icon: ICONS[severity],
        name: type,
        title:
            end === null
                ? _t("%(severity)s: %(text)s. Raised %(start)s, goes on", words)
                : _t("%(severity)s: %(text)s. Raised %(start)s, cleared %(end)s", { ...words, end: momentText(end) }),
    };
}
