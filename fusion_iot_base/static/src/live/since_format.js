const { DateTime } = luxon;

/**
 * A moment as one says it: "10:42", with the date when it was not today.
 *
 * @param {number} atMs
 * @returns {string}
 */
export function formatSince(atMs) {
    const at = DateTime.fromMillis(atMs);
    return at.toFormat(at.hasSame(DateTime.now(), "day") ? "HH:mm" : "yyyy-MM-dd HH:mm");
}
