/**
 * A session's chart as the server tells it, in the form it is drawn in. Nothing is imported from the web client.
 *
 * @typedef {Object} SessionSeries
 * @property {{x: number, y: number}[]} points watts over milliseconds
 * @property {import("../spans").PhaseSpan[]} states
 * @property {{name: string, watts: number}[]} thresholds by rising power, equal ones once
 * @property {import("@fusion_iot/alert/alert_marks").Told} alerts of the machine
 */
import { readSpans, upTo } from "../spans";

const DRAWN_THRESHOLDS = [
    "stop_threshold_w",
    "standby_threshold_w",
    "start_threshold_w",
    "working_stop_threshold_w",
    "working_threshold_w",
];

/**
 * @param {{samples: Array[], states: Array[], thresholds: Object, alerts: Object}} answer
 * @param {number} now
 * @returns {SessionSeries}
 */
export function readSeries({ samples, states, thresholds, alerts }, now) {
    return {
        points: samples.map(([at, watts]) => ({ x: Date.parse(at), y: watts })),
        states: readSpans(states, now),
        thresholds: readThresholds(thresholds || {}),
        alerts,
    };
}

function readThresholds(thresholds) {
    const lines = [];
    for (const name of DRAWN_THRESHOLDS) {
        const watts = thresholds[name];
        if (typeof watts === "number" && watts > 0 && !lines.some((line) => line.watts === watts)) {
            lines.push({ name, watts });
        }
    }
    return lines.sort((left, right) => left.watts - right.watts);
}

/**
 * The span to draw: all that is known.
 *
 * @param {SessionSeries} series
 * @returns {{start: number, end: number} | null} null when nothing is known
 */
export function frameOf({ points, states }) {
    const starts = [points[0]?.x, states[0]?.from].filter(Number.isFinite);
    const ends = [points.at(-1)?.x, states.at(-1)?.to].filter(Number.isFinite);
    if (!starts.length) {
        return null;
    }
    const start = Math.min(...starts);
    return { start, end: Math.max(start + 1000, ...ends) };
}

/**
 * A series with what was heard since it was fetched.
 *
 * @param {SessionSeries} series
 * @param {{x: number, y: number}[]} heard in order of time
 * @returns {SessionSeries}
 */
export function withHeard(series, heard) {
    const last = series.points.at(-1)?.x ?? -Infinity;
    const news = heard.filter(({ x }) => x > last);
    return news.length ? { ...series, points: [...series.points, ...news] } : series;
}

/**
 * A running session's series as of now: its last phase goes on.
 *
 * @param {SessionSeries} series
 * @param {number} now
 * @returns {SessionSeries}
 */
export function goingOn(series, now) {
    const last = series.states.at(-1);
    if (!last) {
        return series;
    }
    return { ...series, states: upTo([...series.states.slice(0, -1), { ...last, isOpen: true }], now) };
}

/**
 * What the picture says, for those who do not see it.
 *
 * @param {SessionSeries} series
 * @returns {{count: number, peak: number}}
 */
export function summarise({ points }) {
    return {
        count: points.length,
        peak: points.reduce((most, { y }) => Math.max(most, y), 0),
    };
}
