import { describe, expect, test } from "@odoo/hoot";
import { timeTicks } from "@fusion_iot_base/chart/time_ticks";

describe.current.tags("headless");

const BRUSSELS = { zone: "Europe/Brussels", locale: "en-GB" };
const utc = (text) => Date.parse(`${text}Z`);
const texts = (span, most, options = BRUSSELS) => timeTicks(span, most, options).map((tick) => tick.text);

test("a day is divided at round local hours, and midnight shows the date", () => {
    const span = { start: utc("2026-11-19T19:57:00"), end: utc("2026-11-20T19:57:00") };
    expect(texts(span, 8)).toEqual(["21:00", "20 Nov", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00"]);
    expect(timeTicks(span, 8, BRUSSELS)[1]).toInclude(["isDay", true]);
});

test("hours stay round on the day the clocks go back", () => {
    const span = { start: utc("2026-10-24T22:00:00"), end: utc("2026-10-25T23:00:00") };
    const ticks = timeTicks(span, 9, BRUSSELS);
    expect(ticks.map((tick) => tick.text)).toEqual(
        ["25 Oct", "02:00", "05:00", "08:00", "11:00", "14:00", "17:00", "20:00", "23:00", "26 Oct"].slice(0, ticks.length)
    );
});

test("an hour is divided into minutes, half a minute into seconds", () => {
    const start = utc("2026-03-01T06:03:20");
    expect(texts({ start, end: start + 3_600_000 }, 6)).toEqual([
        "07:10",
        "07:20",
        "07:30",
        "07:40",
        "07:50",
        "08:00",
    ]);
    expect(texts({ start, end: start + 30_000 }, 4)).toEqual(["07:03:20", "07:03:30", "07:03:40", "07:03:50"]);
});

test("long spans are divided into days, months and years, never into too many", () => {
    const start = utc("2026-01-10T00:00:00");
    const day = 86_400_000;
    for (const days of [7, 30, 90, 365, 3650]) {
        const ticks = timeTicks({ start, end: start + days * day }, 10, BRUSSELS);
        expect(ticks.length).toBeWithin(2, 12);
        const values = ticks.map((tick) => tick.value);
        expect(values).toEqual([...values].sort((a, b) => a - b));
    }
    expect(texts({ start, end: start + 200 * day }, 10)[0]).toBe("Feb 2026");
});
