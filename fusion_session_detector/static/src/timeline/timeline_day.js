/**
 * Days of the timeline, where the user is: a day is from midnight to midnight there, also when clocks change.
 */
const { DateTime } = luxon;

/**
 * @typedef {Object} Frame
 * @property {number} start milliseconds
 * @property {number} end
 */

/**
 * @param {string} date "2026-11-21"
 * @param {{zone: string, locale: string}} locale
 * @returns {Frame}
 */
export function dayFrame(date, locale) {
    const start = DateTime.fromISO(date, locale).startOf("day");
    return { start: start.toMillis(), end: start.plus({ days: 1 }).toMillis() };
}

/**
 * @param {number} at milliseconds
 * @param {{zone: string, locale: string}} locale
 * @returns {string} the day it is in: "2026-11-21"
 */
export function dateOf(at, locale) {
    return DateTime.fromMillis(at, locale).toISODate();
}

/**
 * @param {string} date
 * @param {number} days
 * @returns {string}
 */
export function shiftDate(date, days) {
    return DateTime.fromISO(date, { zone: "utc" }).plus({ days }).toISODate();
}
