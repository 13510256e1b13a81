import { toLocaleDateTimeString } from "@web/core/l10n/dates";

const { DateTime } = luxon;

/**
 * Moments as Odoo's own fields write them: in the zone of the browser, with the hours of the language.
 *
 * @param {number} at milliseconds
 * @param {{showSeconds?: boolean}} [options]
 * @returns {string} "10:57 AM", or "10:57"
 */
export function clockText(at, { showSeconds = false } = {}) {
    return DateTime.fromMillis(at).toLocaleString(showSeconds ? DateTime.TIME_WITH_SECONDS : DateTime.TIME_SIMPLE);
}

/**
 * @param {number} at milliseconds
 * @param {{showSeconds?: boolean}} [options]
 * @returns {string} "Nov 29, 10:57 AM", with the year where it is not the present one
 */
export function momentText(at, { showSeconds = false } = {}) {
    return toLocaleDateTimeString(DateTime.fromMillis(at), { showSeconds });
}

/**
 * @param {number} start milliseconds
 * @param {number} end milliseconds
 * @returns {string} "Nov 29, 10:57 AM – 11:57 AM", the day of the end where that is another
 */
export function spanText(start, end) {
    const isOneDay = DateTime.fromMillis(start).hasSame(DateTime.fromMillis(end), "day");
    return `${momentText(start)} – ${isOneDay ? clockText(end) : momentText(end)}`;
}
