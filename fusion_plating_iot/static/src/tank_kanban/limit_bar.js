/**
 * Where a value stands between its limits, as percentages of a bar. Nothing is imported here.
 */

/** Part of the bar kept free on each side, so that a value beyond its limit still shows as beyond. */
const MARGIN = 0.2;

/**
 * @param {Object} reading
 * @param {number | null} reading.value
 * @param {number | null} reading.spec_min
 * @param {number | null} reading.spec_max
 * @param {number | null} [reading.setpoint]
 * @returns {null | {
 *  from: number, to: number, setpoint: number | null, value: number | null, beyond: "low" | "high" | null
 * }} percentages from the left; null without any limit, when there is nothing to compare with
 */
export function limitBar({ value, spec_min: low, spec_max: high, setpoint = null }) {
    const scale = barScale(value, low, high, setpoint);
    if (!scale) {
        return null;
    }
    const place = (x) => clamp(((x - scale.min) / (scale.max - scale.min)) * 100);
    return {
        from: isNumber(low) ? place(low) : 0,
        to: isNumber(high) ? place(high) : 100,
        setpoint: isNumber(setpoint) ? place(setpoint) : null,
        value: isNumber(value) ? place(value) : null,
        beyond: !isNumber(value)
            ? null
            : value < scale.min
              ? "low"
              : value > scale.max
                ? "high"
                : null,
    };
}

function barScale(value, low, high, setpoint) {
    if (isNumber(low) && isNumber(high)) {
        const width = high - low || Math.abs(high) || 1;
        return { min: low - width * MARGIN, max: high + width * MARGIN };
    }
    const limit = isNumber(low) ? low : high;
    if (!isNumber(limit)) {
        return null;
    }
    // One side is open: the bar reaches as far beyond the setpoint or the value as the limit is before it.
    const reach = [setpoint, value]
        .filter(isNumber)
        .map((x) => (isNumber(low) ? x - limit : limit - x))
        .reduce((widest, distance) => Math.max(widest, distance), Math.abs(limit) * 0.1 || 1);
    return isNumber(low)
        ? { min: limit - reach * MARGIN, max: limit + reach * 2 }
        : { min: limit - reach * 2, max: limit + reach * MARGIN };
}

function isNumber(x) {
    return typeof x === "number" && Number.isFinite(x);
}

function clamp(percent) {
    return Math.round(Math.min(100, Math.max(0, percent)) * 100) / 100;
}
