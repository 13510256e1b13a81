import { describe, expect, test } from "@odoo/hoot";
import { digitsOf } from "@fusion_plating/reading_digits";

describe.current.tags("headless");

test("each quantity has its usual decimals", () => {
    expect(digitsOf(88.06, "temperature")).toBe(1);
    expect(digitsOf(4.853, "ph")).toBe(2);
    expect(digitsOf(1250, "")).toBe(0);
    expect(digitsOf(12.5, "")).toBe(1);
});

test("rounding never hides on which side of a limit a value is", () => {
    expect(digitsOf(91.04, "temperature", [85, 91])).toBe(2);
    expect(digitsOf(90.996, "temperature", [85, 91])).toBe(3);
    expect(digitsOf(91.00001, "temperature", [85, 91])).toBe(4);
});

test("what is rounded to the limit on the screen is told apart", () => {
    expect(digitsOf(90.95, "temperature", [85, 91])).toBe(2);
    expect(digitsOf(82.25, "temperature", [82.3])).toBe(2);
});

test("a value equal to its limit needs no more", () => {
    expect(digitsOf(91, "temperature", [85, 91])).toBe(1);
    expect(digitsOf(91.2, "temperature", [85, null])).toBe(1);
});
