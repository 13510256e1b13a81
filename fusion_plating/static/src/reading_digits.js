/**
 * How many decimals a reading is shown with.
 */
import { roundDecimals } from "@web/core/utils/numbers";

const DIGITS = {
    temperature: 1,
    ph: 2,
    conductivity: 2,
    concentration: 1,
    level: 0,
    flow: 1,
    density: 0,
    voltage: 2,
    current: 1,
    current_density: 2,
    humidity: 0,
    pressure: 2,
};
const MOST = 4;

/**
 * The decimals of a quantity, and more where rounding would hide on which side of a limit the
 * value is: "91.0" out of a specification "to 91.0" cannot be understood.
 *
 * @param {number} value
 * @param {string} [quantity]
 * @param {(number | null)[]} [limits]
 * @returns {number}
 */
export function digitsOf(value, quantity, limits = []) {
    let digits = DIGITS[quantity] ?? (Math.abs(value) >= 200 ? 0 : 1);
    const misleads = (limit) =>
        typeof limit === "number" &&
        value !== limit &&
        roundDecimals(value, digits) === roundDecimals(limit, digits);
    while (digits < MOST && limits.some(misleads)) {
        digits++;
    }
    return digits;
}
