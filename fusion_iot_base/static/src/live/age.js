/**
 * How old a value is, as pure arithmetic. Times are milliseconds since the epoch, ages are
 * seconds. Nothing is imported here, so that the rules can be tested alone.
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Age of an instant in whole seconds. A time in the future counts as zero: a device clock may
 * run ahead of the server by a little, and "-3 s" helps nobody.
 *
 * @param {number} atMs
 * @param {number} nowMs
 * @returns {number}
 */
export function secondsSince(atMs, nowMs) {
    return Math.max(0, Math.floor((nowMs - atMs) / 1000));
}

/**
 * The one number and unit that an age is shown with.
 *
 * @param {number} seconds
 * @returns {{value: number, unit: "s" | "min" | "h" | "d"}}
 */
export function ageParts(seconds) {
    const age = Math.max(0, Math.floor(seconds));
    if (age < MINUTE) {
        return { value: age, unit: "s" };
    }
    if (age < HOUR) {
        return { value: Math.floor(age / MINUTE), unit: "min" };
    }
    if (age < DAY) {
        return { value: Math.floor(age / HOUR), unit: "h" };
    }
    return { value: Math.floor(age / DAY), unit: "d" };
}

/**
 * Whether an age is beyond its limit. Without a positive limit nothing is ever stale.
 *
 * @param {number} seconds
 * @param {number | false | null | undefined} limitSeconds
 * @returns {boolean}
 */
export function isStale(seconds, limitSeconds) {
    return Number.isFinite(limitSeconds) && limitSeconds > 0 && seconds > limitSeconds;
}
