import { formatFloat } from "@web/views/fields/formatters";
import { digitsOf } from "./reading_digits";

/**
 * @param {number} value
 * @param {string} [quantity]
 * @param {(number | null | false)[]} [limits] limits that the text must not seem to touch
 * @returns {string} in the user's notation
 */
export function formatReading(value, quantity, limits) {
    return formatFloat(value, { digits: [16, digitsOf(value, quantity, limits || [])] });
}
