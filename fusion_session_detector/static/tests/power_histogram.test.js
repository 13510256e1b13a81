import { describe, expect, test } from "@odoo/hoot";
import { histogramBars, histogramTicks, placePower } from "@fusion_session_detector/what_if/power_histogram";

describe.current.tags("headless");

const BINS = [
    [0, 3, 400],
    [3, 30, 0],
    [30, 300, 100],
    [300, 3000, 1],
];

test("a power lies where its bin is, on the logarithm within it", () => {
    expect(placePower(BINS, 1.5)).toBe(12.5);
    expect(placePower(BINS, 30)).toBe(50);
    expect(placePower(BINS, Math.sqrt(30 * 300))).toBeCloseTo(62.5);
    expect([placePower(BINS, 3000), placePower(BINS, 0), placePower(BINS, null), placePower([], 5)]).toEqual([
        null,
        null,
        null,
        null,
    ]);
});

test("rare powers are seen, and bars say what the machine does there", () => {
    const bars = histogramBars(BINS, { standby: 20, working: 200 });
    expect(bars.map(({ height }) => height)).toEqual([100, 0, 50, 5]);
    expect(bars.map(({ phase }) => phase)).toEqual(["idle", "idle", "standby", "working"]);
    expect(histogramBars([], { standby: 20, working: 200 })).toEqual([]);
});

test("not more ticks than fit", () => {
    expect(histogramTicks(BINS, 2)).toEqual([
        { left: 0, watts: 0 },
        { left: 50, watts: 30 },
    ]);
    expect(histogramTicks(BINS, 10).length).toBe(4);
});
