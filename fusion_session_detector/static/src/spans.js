/**
 * Spans of time in which a machine is in one phase. Times are milliseconds since the epoch. Nothing is imported
 * here, so that the rules can be tested alone.
 *
 * @typedef {Object} PhaseSpan
 * @property {number} from
 * @property {number} to
 * @property {string} phase
 * @property {number} [sessionId]
 * @property {boolean} [isOpen] it goes on: `to` is the moment it was asked for
 */

/**
 * @param {Array[]} rows `[from, to, phase, session id]` with ISO times; `to` may be empty for what goes on
 * @param {number} now
 * @returns {PhaseSpan[]}
 */
export function readSpans(rows, now) {
    return rows.map(([from, to, phase, sessionId]) => {
        const start = Date.parse(from);
        return {
            from: start,
            to: to ? Date.parse(to) : Math.max(start, now),
            phase,
            sessionId: sessionId || undefined,
            isOpen: !to,
        };
    });
}

/**
 * The same spans later on: what goes on reaches up to then, never back.
 *
 * @param {PhaseSpan[]} spans
 * @param {number} now
 * @returns {PhaseSpan[]}
 */
export function upTo(spans, now) {
    return spans.map((span) => (span.isOpen ? { ...span, to: Math.max(span.to, now) } : span));
}

/**
 * The spans within a frame as places in percent of it, in the order they came.
 *
 * @param {PhaseSpan[]} spans
 * @param {{start: number, end: number}} frame
 * @returns {(PhaseSpan & {left: number, width: number})[]}
 */
export function placeSpans(spans, { start, end }) {
    const share = (at) => round(((Math.min(Math.max(at, start), end) - start) / (end - start)) * 100);
    return spans
        .filter(({ from, to }) => from < end && to > start)
        .map((span) => ({ ...span, left: share(span.from), width: round(share(span.to) - share(span.from)) }));
}

/**
 * How long each phase was held within a frame.
 *
 * @param {PhaseSpan[]} spans
 * @param {{start: number, end: number}} frame
 * @returns {Object<string, number>} seconds by phase
 */
export function secondsByPhase(spans, { start, end }) {
    const seconds = {};
    for (const { from, to, phase } of spans) {
        const held = Math.min(to, end) - Math.max(from, start);
        if (held > 0) {
            seconds[phase] = (seconds[phase] || 0) + held / 1000;
        }
    }
    return seconds;
}

/** A hundredth of a percent is a fifth of a pixel on the largest screen. */
function round(percent) {
    return Math.round(percent * 1000) / 1000;
}
