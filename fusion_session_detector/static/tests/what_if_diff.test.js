import { describe, expect, test } from "@odoo/hoot";
import { countMarks, frameSessions, listBoth, placeSessions, sumUp } from "@fusion_session_detector/what_if/what_if_diff";

describe.current.tags("headless");

const NOON = Date.parse("2026-03-01T12:00:00Z");
const HOUR = 3_600_000;
const frame = { start: NOON, end: NOON + 10 * HOUR };

function session(from, to, mark, values = {}) {
    return {
        from: new Date(NOON + from * HOUR).toISOString(),
        to: to === null ? null : new Date(NOON + to * HOUR).toISOString(),
        working_s: 60,
        standby_s: 30,
        energy_kwh: 0.5,
        end_reason: "normal",
        mark,
        ...values,
    };
}

const recorded = [session(1, 2, "same"), session(3, 4, "changed"), session(6, 6.1, "gone")];
const replayed = [session(1, 2, "same"), session(3, 4.5, "changed"), session(5, 5.5, "new")];

test("sessions are placed within the span; one that runs reaches its end", () => {
    const placed = placeSessions([session(-1, 1, "same"), session(5, null, "new"), session(11, 12, "gone")], frame);
    expect(placed.map(({ left, width }) => [left, width])).toEqual([
        [0, 10],
        [50, 50],
    ]);
});

test("a changed session stands once as it is and once as it would be, in order of time", () => {
    const rows = listBoth(recorded, replayed, true).map(({ session, isReplayed }) => [session.mark, isReplayed]);
    expect(rows).toEqual([
        ["changed", false],
        ["changed", true],
        ["new", true],
        ["gone", false],
    ]);
    expect(listBoth(recorded, replayed, false).length).toBe(5);
    const earlier = listBoth([session(3, 4, "changed")], [session(2.9, 4, "changed")], true);
    expect(earlier.map(({ isReplayed }) => isReplayed)).toEqual([false, true]);
});

test("sums and counts", () => {
    expect(sumUp(recorded)).toEqual({ count: 3, working: 180, standby: 90, energy: 1.5 });
    expect(countMarks(recorded, replayed)).toEqual({ same: 1, changed: 1, gone: 1, new: 1 });
    expect(countMarks([], [])).toEqual({ same: 0, changed: 0, gone: 0, new: 0 });
});

test("only the part of the span that has sessions is drawn, with a little around it", () => {
    expect(frameSessions([session(2, 4, "same"), session(6, 7, "new")], frame)).toEqual({
        start: NOON + 1.9 * HOUR,
        end: NOON + 7.1 * HOUR,
    });
    expect(frameSessions([session(-5, null, "same")], frame)).toEqual(frame);
    expect(frameSessions([], frame)).toEqual(frame);
});
