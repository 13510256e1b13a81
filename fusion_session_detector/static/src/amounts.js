import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A power as one reads it on a meter: "4.2 W", "742 W", "12.4 kW".
 *
 * @param {number | null | false} watts
 * @returns {string} a dash without a number
 */
export function formatPower(watts) {
    if (typeof watts !== "number" || !Number.isFinite(watts)) {
        return "–";
    }
    const size = Math.abs(watts);
    if (size >= 9999.5) {
        return _t("%s kW", formatFloat(watts / 1000, { digits: [16, 1] }));
    }
    return _t("%s W", formatFloat(watts, { digits: [16, size < 9.95 && size > 0 ? 1 : 0] }));
}

/**
 * A length of time in its two largest units: "8 s", "3 min 20 s", "2 h 05 min", "4 d 6 h".
 *
 * @param {number} seconds
 * @returns {string}
 */
export function formatDuration(seconds) {
    const length = Math.max(0, Math.floor(seconds));
    if (length < MINUTE) {
        return _t("%s s", length);
    }
    if (length < HOUR) {
        return _t("%(minutes)s min %(seconds)s s", {
            minutes: Math.floor(length / MINUTE),
            seconds: twoDigits(length % MINUTE),
        });
    }
    if (length < DAY) {
        return _t("%(hours)s h %(minutes)s min", {
            hours: Math.floor(length / HOUR),
            minutes: twoDigits(Math.floor((length % HOUR) / MINUTE)),
        });
    }
    return _t("%(days)s d %(hours)s h", {
        days: Math.floor(length / DAY),
        hours: Math.floor((length % DAY) / HOUR),
    });
}

function twoDigits(count) {
    return String(count).padStart(2, "0");
}
