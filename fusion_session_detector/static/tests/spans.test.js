import { describe, expect, test } from "@odoo/hoot";
import { placeSpans, readSpans, secondsByPhase, upTo } from "@fusion_session_detector/spans";

describe.current.tags("headless");

const NOON = Date.parse("2026-03-01T12:00:00Z");
const HOUR = 3_600_000;
const frame = { start: NOON, end: NOON + 10 * HOUR };
const span = (from, to, phase = "working") => ({ from: NOON + from * HOUR, to: NOON + to * HOUR, phase });

test("what goes on reaches up to now, never back", () => {
    const rows = [
        ["2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", "standby", 7],
        ["2026-03-01T11:00:00Z", null, "working", 7],
        ["2026-03-01T12:00:03Z", null, "starting", false],
    ];
    expect(readSpans(rows, NOON)).toEqual([
        { from: NOON - 2 * HOUR, to: NOON - HOUR, phase: "standby", sessionId: 7, isOpen: false },
        { from: NOON - HOUR, to: NOON, phase: "working", sessionId: 7, isOpen: true },
        { from: NOON + 3000, to: NOON + 3000, phase: "starting", sessionId: undefined, isOpen: true },
    ]);
});

test("later only what goes on is longer, and nothing is shorter", () => {
    const spans = [span(0, 1, "standby"), { ...span(1, 2), isOpen: true }];
    expect(upTo(spans, NOON + 3 * HOUR)).toEqual([spans[0], { ...span(1, 3), isOpen: true }]);
    expect(upTo(spans, NOON)).toEqual(spans);
});

test("spans are placed in percent of the frame, and cut where it ends", () => {
    const placed = placeSpans([span(-2, -1), span(-1, 1), span(5, 7.5), span(9, 12), span(10, 11)], frame);
    expect(placed.map(({ left, width }) => [left, width])).toEqual([
        [0, 10],
        [50, 25],
        [90, 10],
    ]);
});

test("time is added up by phase, within the frame only", () => {
    const seconds = secondsByPhase([span(-1, 1), span(1, 3, "standby"), span(3, 4), span(9, 12, "standby")], frame);
    expect(seconds).toEqual({ working: 2 * 3600, standby: 3 * 3600 });
    expect(secondsByPhase([], frame)).toEqual({});
});
