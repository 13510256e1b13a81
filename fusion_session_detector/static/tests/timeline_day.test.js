import { describe, expect, test } from "@odoo/hoot";
import { dateOf, dayFrame, shiftDate } from "@fusion_session_detector/timeline/timeline_day";

describe.current.tags("headless");

const BRUSSELS = { zone: "Europe/Brussels", locale: "en-US" };
const HOUR = 3_600_000;

test("a day is from midnight to midnight where the user is, also when clocks change", () => {
    expect(dayFrame("2026-03-01", BRUSSELS)).toEqual({
        start: Date.parse("2026-02-28T23:00:00Z"),
        end: Date.parse("2026-03-01T23:00:00Z"),
    });
    const hours = (date) => {
        const { start, end } = dayFrame(date, BRUSSELS);
        return (end - start) / HOUR;
    };
    expect([hours("2026-03-29"), hours("2026-10-25")]).toEqual([23, 25]);
});

test("the day a moment is in, and the days beside it", () => {
    expect(dateOf(Date.parse("2026-02-28T23:30:00Z"), BRUSSELS)).toBe("2026-03-01");
    expect([shiftDate("2026-03-01", -1), shiftDate("2026-12-31", 1)]).toEqual(["2026-02-28", "2027-01-01"]);
});
