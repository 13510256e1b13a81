import { describe, expect, test } from "@odoo/hoot";
import {
    bands,
    judge,
    limitsAt,
    linePoints,
    markPoints,
    refreshInterval,
    spanAround,
    spanOfHold,
    stepSpan,
    summarise,
    tableRows,
    valueScale,
    worse,
} from "@fusion_plating_iot/trend/trend_math";

describe.current.tags("headless");

const HOUR = 3_600_000;
const STEPS = [
    { from: 0, to: 100, spec_min: 85, spec_max: 91, action_min: 86, action_max: 90 },
    { from: 100, to: 200, spec_min: 85, spec_max: 92, action_min: null, action_max: null },
];

function series(values = {}) {
    return { points: [], limits: STEPS, gaps: [], holds: [], alerts: { marks: [] }, aggregated: false, last_at: null, ...values };
}

test("a step back keeps the length, a step into the future is live", () => {
    expect(stepSpan({ start: 100, end: 200 }, -1, 200)).toEqual({ start: 0, end: 100, isLive: false });
    expect(stepSpan({ start: 0, end: 100 }, 1, 250)).toEqual({ start: 100, end: 200, isLive: false });
    expect(stepSpan({ start: 100, end: 200 }, 1, 250)).toEqual({ start: 150, end: 250, isLive: true });
    expect(stepSpan({ start: 0, end: 100 }, 1, 204)).toEqual({ start: 104, end: 204, isLive: true });
});

test("the span around a time never ends in the future", () => {
    expect(spanAround(1000, 400, 5000)).toEqual({ start: 700, end: 1100 });
    expect(spanAround(1000, 400, 1050)).toEqual({ start: 650, end: 1050 });
});

test("a hold is shown with what came before and after it", () => {
    const now = 100 * HOUR;
    expect(spanOfHold({ start: 10 * HOUR, end: 12 * HOUR }, now)).toEqual({ start: 9 * HOUR, end: 13 * HOUR });
    expect(spanOfHold({ start: 90 * HOUR, end: null }, now)).toEqual({ start: 87 * HOUR, end: now });
});

test("a long span is fetched seldom, a short one at once", () => {
    expect(refreshInterval({ start: 0, end: HOUR })).toBe(400);
    expect(refreshInterval({ start: 0, end: 24 * HOUR })).toBe(4320);
    expect(refreshInterval({ start: 0, end: 30 * 24 * HOUR })).toBe(60_000);
});

test("the limits in force at a time", () => {
    expect(limitsAt(STEPS, -1)).toBe(null);
    expect(limitsAt(STEPS, 0)).toBe(STEPS[0]);
    expect(limitsAt(STEPS, 99)).toBe(STEPS[0]);
    expect(limitsAt(STEPS, 100)).toBe(STEPS[1]);
    expect(limitsAt(STEPS, 1e9)).toBe(STEPS[1]);
    expect(limitsAt([], 5)).toBe(null);
});

test("a value equal to a limit is within it, a missing limit is open", () => {
    expect(judge(91, STEPS[0])).toBe("action");
    expect(judge(91.001, STEPS[0])).toBe("out");
    expect(judge(90, STEPS[0])).toBe("ok");
    expect(judge(85, STEPS[0])).toBe("action");
    expect(judge(84.9, STEPS[0])).toBe("out");
    expect(judge(1e9, { spec_min: 0, spec_max: null, action_min: null, action_max: null })).toBe("ok");
    expect(worse("ok", "out")).toBe("out");
    expect(worse("unjudged", "ok")).toBe("ok");
    expect(worse("action", null)).toBe("action");
});

test("without a specification nothing is judged to be in spec", () => {
    const open = { from: 0, to: 100, spec_min: null, spec_max: null, action_min: null, action_max: null };
    expect(judge(1e9, null)).toBe("unjudged");
    expect(judge(1e9, open)).toBe("unjudged");
    expect(judge(91, { ...open, action_max: 90 })).toBe("action");
    const unlimited = series({ points: [[10, 88, "good"]], limits: [open] });
    expect(tableRows(unlimited, 5)[0].state).toBe("unjudged");
    expect([summarise(unlimited).out, summarise(unlimited).action]).toEqual([0, 0]);
});

test("the same value is judged by the limits of its own time", () => {
    const line = linePoints(
        series({
            points: [
                [50, 91.5, "good"],
                [150, 91.5, "good"],
            ],
        })
    );
    expect(line.map((point) => point.state)).toEqual(["out", "ok"]);
});

test("the line breaks at gaps and at bad readings, and leaves suspect ones out", () => {
    const line = linePoints(
        series({
            points: [
                [10, 88, "good"],
                [20, 88.5, "good"],
                [60, 88, "good"],
                [70, -127, "bad"],
                [80, 88, "good"],
                [85, 85, "suspect"],
                [90, 88, "good"],
            ],
            gaps: [[20, 60]],
        })
    );
    expect(line.map(({ x, y }) => [x, y])).toEqual([
        [10, 88],
        [20, 88.5],
        [40, null],
        [60, 88],
        [70, null],
        [80, 88],
        [90, 88],
    ]);
});

test("lowest and highest of one time are one place on the line", () => {
    const line = linePoints(
        series({
            points: [
                [10, 87, "good"],
                [10, 91.5, "good"],
                [20, 88, "good"],
            ],
            aggregated: true,
        })
    );
    expect(line).toEqual([
        { x: 10, y: 87, low: 87, high: 91.5, state: "out" },
        { x: 20, y: 88, low: 88, high: 88, state: "ok" },
    ]);
});

test("the scale holds all good values and all limits, and nothing of a broken probe", () => {
    const scale = valueScale(
        series({
            points: [
                [10, 88, "good"],
                [20, -127, "bad"],
                [30, 85, "suspect"],
                [40, 95, "good"],
            ],
        })
    );
    expect(scale.min).toBe(84.2);
    expect(scale.max).toBe(95.8);
    expect(valueScale({ points: [], limits: [] })).toEqual({ min: 0, max: 1 });
    const flat = valueScale({ points: [[1, 0, "good"]], limits: [] });
    expect(flat).toEqual({ min: -1, max: 1 });
});

test("marks stay on the scale and keep their value", () => {
    const marks = markPoints(
        [
            [10, -127, "bad"],
            [20, null, "bad"],
            [30, 85, "suspect"],
        ],
        "bad",
        { min: 80, max: 100 }
    );
    expect(marks).toEqual([
        { x: 10, y: 80.6, value: -127 },
        { x: 20, y: 80.6, value: null },
    ]);
});

test("bands are rectangles per step; open sides reach to the edge", () => {
    const scale = { min: 80, max: 100 };
    expect(bands(STEPS, "action", scale)).toEqual([
        { from: 0, to: 100, low: 86, high: 90, isLowOpen: false, isHighOpen: false },
    ]);
    expect(
        bands([{ from: 0, to: 9, spec_min: null, spec_max: 91, action_min: null, action_max: null }], "spec", scale)
    ).toEqual([{ from: 0, to: 9, low: 80, high: 91, isLowOpen: true, isHighOpen: false }]);
});

test("the summary counts by state and by quality", () => {
    const facts = summarise(
        series({
            points: [
                [10, 88, "good"],
                [20, 90.5, "good"],
                [30, 93, "good"],
                [40, 85, "suspect"],
                [50, -127, "bad"],
            ],
            gaps: [[0, 5]],
            holds: [{}],
            alerts: { marks: [{}, {}] },
        })
    );
    expect(facts).toEqual({
        count: 5,
        low: 88,
        high: 93,
        out: 1,
        action: 1,
        suspect: 1,
        bad: 1,
        gaps: 1,
        holds: 1,
        alerts: 2,
    });
});

test("the table lists the newest first, with the limits of the time", () => {
    const rows = tableRows(
        series({
            points: [
                [10, 93, "good"],
                [150, 88, "good"],
                [160, -127, "bad"],
            ],
        }),
        2
    );
    expect(rows.map(({ at, state }) => [at, state])).toEqual([
        [160, "bad"],
        [150, "ok"],
    ]);
    expect(rows[1].limits).toBe(STEPS[1]);
});
