import { describe, expect, test } from "@odoo/hoot";
import { powerTicks, toAxis, topOf } from "@fusion_session_detector/chart/power_scale";

describe.current.tags("headless");

test("the axis shows all that was drawn and every threshold, and is never flat", () => {
    expect(topOf([10, 2000, 5], [100])).toBeCloseTo(2120);
    expect(topOf([3, 4], [20, 100])).toBeCloseTo(106);
    expect(topOf([], [])).toBeGreaterThan(0);
});

test("ticks are round and not more than fit", () => {
    expect(powerTicks(2120, 5, false)).toEqual([0, 500, 1000, 1500, 2000]);
    expect(powerTicks(1.06, 4, false)).toEqual([0, 0.5, 1]);
    for (const top of [1, 7.3, 42, 999, 12_345, 2e6]) {
        for (const most of [2, 5, 9]) {
            for (const isStretched of [false, true]) {
                const ticks = powerTicks(top, most, isStretched);
                expect(ticks.length).toBeWithin(1, most + 2);
                expect(ticks.every((watts) => watts <= top)).toBe(true);
            }
        }
    }
});

test("stretched, standby is as far from off as work is from standby, and the order stays", () => {
    const [off, standby, work] = [2, 40, 2000].map((watts) => toAxis(watts, true));
    expect(standby - off).toBeGreaterThan(0.25 * (work - off));
    expect(off).toBeLessThan(standby);
    expect(toAxis(-3, true)).toBe(0);
    expect(toAxis(740, false)).toBe(740);
    expect(powerTicks(2120, 6, true)).toEqual([0, 20, 100, 500, 2000]);
});
