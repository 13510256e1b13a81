/**
 * Which span of time the timeline shows: a day, or some hours. A day is from midnight to midnight where the user is,
 * also when clocks change. What is shown live goes on by itself.
 */
const { DateTime } = luxon;

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Hours that can be chosen, with how far ahead of now a live span reaches, so that it does not move all the time. */
export const SPANS = { 24: 0, 8: 30 * MINUTE, 2: 10 * MINUTE };

/**
 * @typedef {Object} TimelineView
 * @property {number} hours of {@link SPANS}; 24: a day
 * @property {string | null} date "2026-11-21", of a day; null: today
 * @property {number | null} until end of fewer hours, in milliseconds; null: now
 *
 * @typedef {{zone: string, locale: string}} Locale
 */

/** @type {TimelineView} */
export const TODAY = { hours: 24, date: null, until: null };

/**
 * @param {TimelineView} view
 * @param {number} now milliseconds
 * @param {Locale} locale
 * @returns {{start: number, end: number}} milliseconds
 */
export function frameOf({ hours, date, until }, now, locale) {
    if (hours === 24) {
        const start = DateTime.fromISO(date || dateOf(now, locale), locale).startOf("day");
        return { start: start.toMillis(), end: start.plus({ days: 1 }).toMillis() };
    }
    const ahead = SPANS[hours];
    const end = until ?? Math.ceil(now / ahead) * ahead;
    return { start: end - hours * HOUR, end };
}

/**
 * @param {TimelineView} view
 * @returns {boolean}
 */
export function isLive({ date, until }) {
    return date === null && until === null;
}

/**
 * The view before or after. Nothing lies after what is live.
 *
 * @param {TimelineView} view
 * @param {-1 | 1} direction
 * @param {number} now
 * @param {Locale} locale
 * @returns {TimelineView}
 */
export function stepView(view, direction, now, locale) {
    if (view.hours === 24) {
        const date = DateTime.fromISO(view.date || dateOf(now, locale), { zone: "utc" });
        return dayView(date.plus({ days: direction }).toISODate(), now, locale);
    }
    const until = frameOf(view, now, locale).end + direction * view.hours * HOUR;
    return { ...view, until: until > now ? null : until };
}

/**
 * @param {string} date
 * @param {number} now
 * @param {Locale} locale
 * @returns {TimelineView} of that day; today is live
 */
export function dayView(date, now, locale) {
    return { ...TODAY, date: date < dateOf(now, locale) ? date : null };
}

/**
 * As many hours as that, to the end of what is shown.
 *
 * @param {TimelineView} view
 * @param {number} hours
 * @param {number} now
 * @param {Locale} locale
 * @returns {TimelineView}
 */
export function hoursView(view, hours, now, locale) {
    const { end } = frameOf(view, now, locale);
    if (hours === 24) {
        return dayView(dateOf(isLive(view) ? now : end - 1, locale), now, locale);
    }
    return { hours, date: null, until: isLive(view) || end > now ? null : end };
}

/**
 * @param {number} at milliseconds
 * @param {Locale} locale
 * @returns {string} the day it is in: "2026-11-21"
 */
export function dateOf(at, locale) {
    return DateTime.fromMillis(at, locale).toISODate();
}
