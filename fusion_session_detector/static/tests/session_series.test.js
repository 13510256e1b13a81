import { describe, expect, test } from "@odoo/hoot";
import { frameOf, goingOn, readSeries, summarise, withHeard } from "@fusion_session_detector/chart/session_series";

describe.current.tags("headless");

const START = Date.parse("2026-03-01T10:00:00Z");
const MINUTE = 60_000;

function answer(values = {}) {
    return {
        samples: [
            ["2026-03-01T10:00:00Z", 34.5],
            ["2026-03-01T10:05:00Z", 1210],
        ],
        states: [
            ["2026-03-01T10:00:00Z", "2026-03-01T10:05:00Z", "standby"],
            ["2026-03-01T10:05:00Z", null, "working"],
        ],
        thresholds: { standby_threshold_w: 20, working_threshold_w: 100, stop_threshold_w: 20, start_threshold_w: null },
        ...values,
    };
}

test("thresholds are drawn by rising power, equal ones once, unset ones not", () => {
    const { thresholds } = readSeries(answer(), START);
    expect(thresholds).toEqual([
        { name: "stop_threshold_w", watts: 20 },
        { name: "working_threshold_w", watts: 100 },
    ]);
});

test("what a running session has so far reaches up to now", () => {
    const series = readSeries(answer(), START + 7 * MINUTE);
    expect(frameOf(series)).toEqual({ start: START, end: START + 7 * MINUTE });
    expect(summarise(series)).toEqual({ count: 2, peak: 1210 });
});

test("nothing known has no frame, and one value has one of a second", () => {
    expect(frameOf(readSeries(answer({ samples: [], states: [] }), START))).toBe(null);
    const one = readSeries(answer({ samples: [["2026-03-01T10:00:00Z", 5]], states: [] }), START);
    expect(frameOf(one)).toEqual({ start: START, end: START + 1000 });
});

test("what was heard is added after what was fetched, and only once", () => {
    const series = readSeries(answer(), START);
    const heard = [
        { x: START + 5 * MINUTE, y: 1210 },
        { x: START + 6 * MINUTE, y: 1300 },
    ];
    expect(withHeard(series, heard).points.map(({ y }) => y)).toEqual([34.5, 1210, 1300]);
    expect(withHeard(series, heard.slice(0, 1))).toBe(series);
});

test("the last phase of a running session goes on", () => {
    const told = answer({ states: [["2026-03-01T10:00:00Z", "2026-03-01T10:05:00Z", "standby"]] });
    const series = readSeries(told, START);
    expect(goingOn(series, START + 9 * MINUTE).states).toEqual([
        { from: START, to: START + 9 * MINUTE, phase: "standby", sessionId: undefined, isOpen: true },
    ]);
    expect(goingOn(series, START).states[0].to).toBe(START + 5 * MINUTE);
    const empty = readSeries(answer({ states: [] }), START);
    expect(goingOn(empty, START)).toBe(empty);
});
