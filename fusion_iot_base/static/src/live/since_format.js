import { clockText, momentText } from "../time/time_text";

const { DateTime } = luxon;

/**
 * A moment as one says it: "10:42 AM", with the date when it was not today.
 *
 * @param {number} atMs
 * @returns {string}
 */
export function formatSince(atMs) {
    return DateTime.fromMillis(atMs).hasSame(DateTime.now(), "day") ? clockText(atMs) : momentText(atMs);
}
