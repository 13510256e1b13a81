import { user } from "@web/core/user";

const { DateTime, IANAZone } = luxon;

/**
 * The zone and the language of the chart: those of the user, not of the browser, which on a wall
 * tablet nobody has set. A zone that the browser does not know falls back to its own.
 *
 * @returns {{zone: string, locale: string}}
 */
export function chartLocale() {
    return {
        zone: user.tz && IANAZone.isValidZone(user.tz) ? user.tz : "local",
        locale: user.lang,
    };
}

/**
 * The rest of a page is in the browser's zone: a chart in another one has to say so.
 *
 * @param {number} at milliseconds
 * @param {{zone: string}} locale as of `chartLocale()`
 * @returns {string} the zone of the chart; empty where both clocks show the same then
 */
export function otherZone(at, { zone }) {
    const there = DateTime.fromMillis(at, { zone });
    return there.offset === there.setZone("default").offset ? "" : zone;
}
