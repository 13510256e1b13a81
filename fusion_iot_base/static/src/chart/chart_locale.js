import { user } from "@web/core/user";

const { IANAZone } = luxon;

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
