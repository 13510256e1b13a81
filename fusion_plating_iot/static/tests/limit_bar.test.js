import { describe, expect, test } from "@odoo/hoot";
import { limitBar } from "@fusion_plating_iot/tank_kanban/limit_bar";

describe.current.tags("headless");

test("the specification takes the middle of the bar, with air on both sides", () => {
    const bar = limitBar({ value: 88, spec_min: 85, spec_max: 91, setpoint: 88 });
    expect(bar).toEqual({ from: 14.29, to: 85.71, setpoint: 50, value: 50, beyond: null });
});

test("a value on its limit is on the edge, one beyond it is outside", () => {
    expect(limitBar({ value: 91, spec_min: 85, spec_max: 91 }).value).toBe(85.71);
    expect(limitBar({ value: 91.5, spec_min: 85, spec_max: 91 }).value).toBeGreaterThan(85.71);
});

test("far beyond a limit the value stays on the bar and says so", () => {
    expect(limitBar({ value: 300, spec_min: 85, spec_max: 91 })).toInclude(["beyond", "high"]);
    expect(limitBar({ value: -127, spec_min: 85, spec_max: 91 })).toInclude(["value", 0]);
    expect(limitBar({ value: -127, spec_min: 85, spec_max: 91 })).toInclude(["beyond", "low"]);
});

test("an open side reaches to the end of the bar", () => {
    const onlyMin = limitBar({ value: 60, spec_min: 49, spec_max: null, setpoint: 65 });
    expect(onlyMin.to).toBe(100);
    expect(onlyMin.from).toBeGreaterThan(0);
    expect(onlyMin.value).toBeGreaterThan(onlyMin.from);
    const onlyMax = limitBar({ value: -1, spec_min: null, spec_max: 0 });
    expect(onlyMax.from).toBe(0);
    expect(onlyMax.value).toBeLessThan(onlyMax.to);
});

test("without a limit there is nothing to compare with", () => {
    expect(limitBar({ value: 5, spec_min: null, spec_max: null })).toBe(null);
});

test("without a value only the limits are shown; zero is a value and a limit", () => {
    expect(limitBar({ value: null, spec_min: -2.2, spec_max: 0, setpoint: -1 })).toInclude(["value", null]);
    expect(limitBar({ value: 0, spec_min: -2.2, spec_max: 0 })).toInclude(["value", 85.71]);
});
