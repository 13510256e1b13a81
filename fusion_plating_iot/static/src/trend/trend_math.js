/**
 * What the trend chart draws, computed from what the server sends. Times are milliseconds.
 * Nothing is imported here: no Odoo, no chart library.
 *
 * @typedef {{start: number, end: number}} Span
 * @typedef {[number, number | null, "good" | "suspect" | "bad"]} Point
 * @typedef {{from: number, to: number, spec_min: number | null, spec_max: number | null,
 *  action_min: number | null, action_max: number | null}} LimitStep
 * @typedef {{points: Point[], limits: LimitStep[], gaps: [number, number][], aggregated: boolean,
 *  holds: Object[], alerts: import("@fusion_iot/alert/alert_marks").Told, last_at: number | null}} Series
 */

/** A step that ends this close to now, as a part of the span, has arrived at now. */
const NEARLY_NOW = 0.05;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const RANGES = [
    { key: "1h", ms: HOUR },
    { key: "8h", ms: 8 * HOUR },
    { key: "24h", ms: DAY },
    { key: "7d", ms: 7 * DAY },
    { key: "30d", ms: 30 * DAY },
];

/**
 * @param {string} key
 * @returns {number} length of a range in milliseconds
 */
export function rangeLength(key) {
    return RANGES.find((range) => range.key === key).ms;
}

/**
 * The span before (-1) or after (+1) a span. A step that reaches now, or nearly, is live.
 *
 * @param {Span} span
 * @param {-1 | 1} direction
 * @param {number} now
 * @returns {Span & {isLive: boolean}}
 */
export function stepSpan(span, direction, now) {
    const length = span.end - span.start;
    const end = span.end + direction * length;
    return end >= now - length * NEARLY_NOW
        ? { start: now - length, end: now, isLive: true }
        : { start: end - length, end, isLive: false };
}

/**
 * A span around a time that keeps its length; it never ends in the future.
 *
 * @param {number} at
 * @param {number} length
 * @param {number} now
 * @returns {Span}
 */
export function spanAround(at, length, now) {
    const end = Math.min(now, at + length * 0.25);
    return { start: end - length, end };
}

/**
 * The span that shows a hold with what came before and after it.
 *
 * @param {{start: number, end: number | null}} hold
 * @param {number} now
 * @returns {Span}
 */
export function spanOfHold({ start, end }, now) {
    const until = Math.max(end ?? now, start);
    const margin = Math.max(HOUR, (until - start) * 0.3);
    return { start: start - margin, end: Math.min(now, until + margin) };
}

/**
 * How often a span is worth fetching again: by the time one more pixel is known.
 *
 * @param {Span} span
 * @returns {number} milliseconds
 */
export function refreshInterval(span) {
    return Math.min(60_000, Math.max(400, (span.end - span.start) / 20_000));
}

/**
 * The limits in force at a time.
 *
 * @param {LimitStep[]} steps in order of time
 * @param {number} at
 * @returns {LimitStep | null}
 */
export function limitsAt(steps, at) {
    let low = 0;
    let high = steps.length - 1;
    let found = null;
    while (low <= high) {
        const middle = (low + high) >> 1;
        if (steps[middle].from <= at) {
            found = steps[middle];
            low = middle + 1;
        } else {
            high = middle - 1;
        }
    }
    return found;
}

/**
 * A value equal to a limit is within it; a missing limit is open.
 *
 * @param {number} value
 * @param {LimitStep | null} limits
 * @returns {"ok" | "action" | "out" | "unjudged"} the last one without a specification, unless it is time to adjust
 */
export function judge(value, limits) {
    if (!limits) {
        return "unjudged";
    }
    if (isOutside(value, limits.spec_min, limits.spec_max)) {
        return "out";
    }
    if (isOutside(value, limits.action_min, limits.action_max)) {
        return "action";
    }
    return isNumber(limits.spec_min) || isNumber(limits.spec_max) ? "ok" : "unjudged";
}

function isOutside(value, low, high) {
    return (isNumber(low) && value < low) || (isNumber(high) && value > high);
}

function isNumber(value) {
    return typeof value === "number" && Number.isFinite(value);
}

/**
 * The line of good values. It is broken where readings are missing and where the sensor was bad:
 * a line across would claim to know what was in between.
 *
 * @param {Series} series
 * @returns {{x: number, y: number | null, low: number | null, high: number | null,
 *  state: "ok" | "action" | "out" | "unjudged" | null}[]} `y` is the value itself unless aggregated
 */
export function linePoints({ points, gaps, limits }) {
    const line = [];
    const isBreak = (from, to) => gaps.some(([start, end]) => start < to && end > from);
    for (const [x, value, quality] of points) {
        const last = line.at(-1);
        if (quality === "bad" && last && last.y !== null) {
            line.push(hole(x));
        }
        if (quality !== "good" || value === null) {
            continue;
        }
        const state = judge(value, limitsAt(limits, x));
        if (last && last.x === x && last.y !== null) {
            last.low = Math.min(last.low, value);
            last.high = Math.max(last.high, value);
            last.state = worse(last.state, state);
            continue;
        }
        if (last && last.y !== null && isBreak(last.x, x)) {
            line.push(hole((last.x + x) / 2));
        }
        line.push({ x, y: value, low: value, high: value, state });
    }
    return line;
}

function hole(x) {
    return { x, y: null, low: null, high: null, state: null };
}

const SEVERITY = { unjudged: 0, ok: 1, action: 2, out: 3 };

/**
 * The more severe of two states.
 *
 * @template {"ok" | "action" | "out" | "unjudged" | null} S
 * @param {S} left
 * @param {S} right
 * @returns {S}
 */
export function worse(left, right) {
    return (SEVERITY[right] ?? -1) > (SEVERITY[left] ?? -1) ? right : left;
}

/**
 * Readings that are shown as marks of their own shape, not as part of the line. A mark without a
 * place on the scale sits near its edge.
 *
 * @param {Point[]} points
 * @param {"suspect" | "bad"} quality
 * @param {{min: number, max: number}} scale
 * @returns {{x: number, y: number, value: number | null}[]}
 */
export function markPoints(points, quality, scale) {
    const inset = (scale.max - scale.min) * 0.03;
    const lowest = scale.min + inset;
    const highest = scale.max - inset;
    return points
        .filter((point) => point[2] === quality)
        .map(([x, value]) => ({
            x,
            y: value === null ? lowest : Math.min(highest, Math.max(lowest, value)),
            value,
        }));
}

/**
 * The range of the value axis: all good values and all limits, with some air.
 *
 * @param {Series} series
 * @returns {{min: number, max: number}}
 */
export function valueScale({ points, limits }) {
    const values = points.filter((point) => point[2] === "good").map((point) => point[1]);
    for (const step of limits) {
        values.push(step.spec_min, step.spec_max, step.action_min, step.action_max);
    }
    const known = values.filter(isNumber);
    if (!known.length) {
        return { min: 0, max: 1 };
    }
    const low = known.reduce((least, value) => Math.min(least, value));
    const high = known.reduce((most, value) => Math.max(most, value));
    const air = (high - low) * 0.08 || Math.abs(high) * 0.05 || 1;
    return { min: low - air, max: high + air };
}

/**
 * A band as it was in force: one rectangle per step. An open side reaches to the edge of the scale.
 *
 * @param {LimitStep[]} steps
 * @param {"spec" | "action"} kind
 * @param {{min: number, max: number}} scale
 * @returns {{from: number, to: number, low: number, high: number, isLowOpen: boolean, isHighOpen: boolean}[]}
 */
export function bands(steps, kind, scale) {
    return steps
        .filter((step) => isNumber(step[`${kind}_min`]) || isNumber(step[`${kind}_max`]))
        .map((step) => {
            const low = step[`${kind}_min`];
            const high = step[`${kind}_max`];
            return {
                from: step.from,
                to: step.to,
                low: isNumber(low) ? low : scale.min,
                high: isNumber(high) ? high : scale.max,
                isLowOpen: !isNumber(low),
                isHighOpen: !isNumber(high),
            };
        });
}

/**
 * What a table or a sentence says about the readings.
 *
 * @param {Series} series
 * @returns {{count: number, low: number | null, high: number | null, out: number, action: number,
 *  suspect: number, bad: number, gaps: number, holds: number, alerts: number}}
 */
export function summarise({ points, limits, gaps, holds, alerts }) {
    const summary = {
        count: points.length,
        low: null,
        high: null,
        out: 0,
        action: 0,
        suspect: 0,
        bad: 0,
        gaps: gaps.length,
        holds: holds.length,
        alerts: alerts.marks.length,
    };
    for (const [x, value, quality] of points) {
        if (quality !== "good") {
            summary[quality]++;
            continue;
        }
        summary.low = summary.low === null ? value : Math.min(summary.low, value);
        summary.high = summary.high === null ? value : Math.max(summary.high, value);
        const state = judge(value, limitsAt(limits, x));
        if (state === "out" || state === "action") {
            summary[state]++;
        }
    }
    return summary;
}

/**
 * The rows of the table, newest first.
 *
 * @param {Series} series
 * @param {number} most rows
 * @returns {{at: number, value: number | null, quality: string, state: string, limits: LimitStep | null}[]}
 */
export function tableRows({ points, limits }, most) {
    return points
        .slice(-most)
        .reverse()
        .map(([at, value, quality]) => {
            const inForce = limitsAt(limits, at);
            return {
                at,
                value,
                quality,
                limits: inForce,
                state: quality === "good" ? judge(value, inForce) : quality,
            };
        });
}
