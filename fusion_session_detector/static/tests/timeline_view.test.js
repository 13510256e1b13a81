import { describe, expect, test } from "@odoo/hoot";
import { dateOf, dayView, frameOf, hoursView, isLive, stepView, TODAY } from "@fusion_session_detector/timeline/timeline_view";

describe.current.tags("headless");

const BRUSSELS = { zone: "Europe/Brussels", locale: "en-US" };
const HOUR = 3_600_000;
const NOW = Date.parse("2026-03-01T10:12:00Z");
const frame = (view) => frameOf(view, NOW, BRUSSELS);

test("a day is from midnight to midnight where the user is, also when clocks change", () => {
    expect(frame(TODAY)).toEqual({
        start: Date.parse("2026-02-28T23:00:00Z"),
        end: Date.parse("2026-03-01T23:00:00Z"),
    });
    const hours = (date) => {
        const { start, end } = frame({ ...TODAY, date });
        return (end - start) / HOUR;
    };
    expect([hours("2026-03-29"), hours("2026-10-25")]).toEqual([23, 25]);
    expect(dateOf(Date.parse("2026-02-28T23:30:00Z"), BRUSSELS)).toBe("2026-03-01");
});

test("days before; today and what lies after it is live", () => {
    const yesterday = stepView(TODAY, -1, NOW, BRUSSELS);
    expect(yesterday).toEqual({ hours: 24, date: "2026-02-28", until: null });
    expect([isLive(TODAY), isLive(yesterday)]).toEqual([true, false]);
    expect(stepView(yesterday, 1, NOW, BRUSSELS)).toEqual(TODAY);
    expect(dayView("2026-12-31", NOW, BRUSSELS)).toEqual(TODAY);
});

test("live hours reach a little ahead of now, and move only then and when", () => {
    const live = hoursView(TODAY, 2, NOW, BRUSSELS);
    expect(isLive(live)).toBe(true);
    expect(frame(live)).toEqual({
        start: Date.parse("2026-03-01T08:20:00Z"),
        end: Date.parse("2026-03-01T10:20:00Z"),
    });
    expect(frameOf(live, NOW + 5 * 60_000, BRUSSELS)).toEqual(frame(live));
});

test("hours before, back to live hours, and to their day", () => {
    const live = hoursView(TODAY, 8, NOW, BRUSSELS);
    const before = stepView(live, -1, NOW, BRUSSELS);
    expect(frame(before)).toEqual({
        start: Date.parse("2026-02-28T18:30:00Z"),
        end: Date.parse("2026-03-01T02:30:00Z"),
    });
    expect(isLive(before)).toBe(false);
    expect(stepView(before, 1, NOW, BRUSSELS)).toEqual(live);
    expect(hoursView(stepView(before, -1, NOW, BRUSSELS), 24, NOW, BRUSSELS).date).toBe("2026-02-28");
    const lastOfDay = hoursView({ ...TODAY, date: "2026-02-20" }, 2, NOW, BRUSSELS);
    expect(frame(lastOfDay).end).toBe(Date.parse("2026-02-20T23:00:00Z"));
});
