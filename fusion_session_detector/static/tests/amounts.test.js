import { describe, expect, test } from "@odoo/hoot";
import { makeMockEnv } from "@web/../tests/web_test_helpers";
import { formatDuration, formatPower } from "@fusion_session_detector/amounts";

describe.current.tags("headless");

test("power as one reads it on a meter", async () => {
    await makeMockEnv();
    expect([0, 4.23, 9.97, 742.4, 2345, 9999.4, 12_400].map(formatPower)).toEqual([
        "0 W",
        "4.2 W",
        "10 W",
        "742 W",
        "2,345 W",
        "9,999 W",
        "12.4 kW",
    ]);
    expect([null, false, NaN, undefined].map(formatPower)).toEqual(["–", "–", "–", "–"]);
});

test("lengths of time in their two largest units", async () => {
    await makeMockEnv();
    expect([0, 8.9, 200, 3599, 7500, 86_399, 4 * 86_400 + 6 * 3600 + 59].map(formatDuration)).toEqual([
        "0 s",
        "8 s",
        "3 min 20 s",
        "59 min 59 s",
        "2 h 05 min",
        "23 h 59 min",
        "4 d 6 h",
    ]);
    expect(formatDuration(-5)).toBe("0 s");
});
