import { describe, expect, test } from "@odoo/hoot";
import { ageParts, isStale, secondsSince } from "@fusion_iot_base/live/age";

describe.current.tags("headless");

test("an age has one number and one unit", () => {
    const cases = [
        [0, 0, "s"],
        [12, 12, "s"],
        [59.9, 59, "s"],
        [60, 1, "min"],
        [3599, 59, "min"],
        [3600, 1, "h"],
        [86399, 23, "h"],
        [86400, 1, "d"],
        [4 * 86400 + 5, 4, "d"],
    ];
    for (const [seconds, value, unit] of cases) {
        expect(ageParts(seconds)).toEqual({ value, unit });
    }
});

test("a moment in the future is no age at all", () => {
    expect(secondsSince(10_000, 5_000)).toBe(0);
    expect(secondsSince(5_000, 65_999)).toBe(60);
    expect(ageParts(-20)).toEqual({ value: 0, unit: "s" });
});

test("stale begins after the limit, and without a limit never", () => {
    expect(isStale(60, 60)).toBe(false);
    expect(isStale(61, 60)).toBe(true);
    expect(isStale(1e9, 0)).toBe(false);
    expect(isStale(1e9, false)).toBe(false);
    expect(isStale(1e9, undefined)).toBe(false);
});
