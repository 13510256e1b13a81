import { _t } from "@web/core/l10n/translation";
import { ageParts } from "./age";

/**
 * An age in the user's language: "12 s", "3 min", "2 h", "4 d".
 *
 * @param {number} seconds
 * @returns {string}
 */
export function formatAge(seconds) {
    const { value, unit } = ageParts(seconds);
    switch (unit) {
        case "s":
            return _t("%s s", value);
        case "min":
            return _t("%s min", value);
        case "h":
            return _t("%s h", value);
        default:
            return _t("%s d", value);
    }
}
