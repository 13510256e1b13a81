import { user } from "@web/core/user";

/**
 * The zone and the language of a chart: those of the rest of the page, so that one page has one clock. Odoo's fields
 * are in the zone of the browser.
 *
 * @returns {{zone: string, locale: string}}
 */
export function chartLocale() {
    return { zone: "default", locale: user.lang };
}
