import { describe, expect, test } from "@odoo/hoot";
import { sessionSeconds } from "@fusion_session_detector/session_seconds";
import { readSpans, secondsByPhase, upTo } from "@fusion_session_detector/spans";

describe.current.tags("headless");

const START = luxon.DateTime.fromISO("2026-03-01T10:00:00Z");
const at = (second) => START.plus({ seconds: second });

function session(values) {
    return {
        status: "running",
        current_state: "working",
        start_time: START,
        total_duration_s: 0,
        working_duration_s: 0,
        standby_duration_s: 0,
        ...values,
    };
}

function seconds(values, second) {
    return sessionSeconds(session(values), at(second).toMillis());
}

test("what has gone by since it was written went to the phase it is in", () => {
    const written = { working_duration_s: 40, standby_duration_s: 20 };
    expect(seconds(written, 70)).toEqual({ total: 70, working: 50, standby: 20, stopping: 0 });
    expect(seconds({ ...written, current_state: "standby" }, 70)).toEqual({ total: 70, working: 40, standby: 30, stopping: 0 });
    expect(seconds({ ...written, current_state: "stopping" }, 70)).toEqual({ total: 60, working: 40, standby: 20, stopping: 10 });
});

test("what was begun by hand while the machine is off is standby", () => {
    expect(seconds({ current_state: "idle" }, 9)).toEqual({ total: 9, working: 0, standby: 9, stopping: 0 });
});

test("nothing goes back where the clock is behind what was written", () => {
    expect(seconds({ working_duration_s: 40 }, 30)).toEqual({ total: 40, working: 40, standby: 0, stopping: 0 });
});

test("what is over is as it was written", () => {
    const over = { status: "completed", current_state: "idle", total_duration_s: 60, working_duration_s: 60 };
    expect(seconds(over, 900)).toEqual({ total: 60, working: 60, standby: 0, stopping: 0 });
});

test("the same as on the timeline, in every phase of a session", () => {
    const phases = [
        [0, "standby"],
        [20, "working"],
        [60, "stopping"],
    ];
    const written = [{}, { standby_duration_s: 20 }, { standby_duration_s: 20, working_duration_s: 40 }];
    for (const [number, [from, phase]] of phases.entries()) {
        const rows = phases.slice(0, number + 1).map(([since, name], index) => {
            const until = phases[index + 1]?.[0];
            return [at(since).toISO(), index < number ? at(until).toISO() : null, name, 7];
        });
        const spans = readSpans(rows, at(from).toMillis());
        const now = at(from + 15).toMillis();
        const drawn = secondsByPhase(upTo(spans, now), { start: START.toMillis(), end: now });
        const { working, standby, stopping } = seconds({ ...written[number], current_state: phase }, from + 15);
        expect({ working: 0, standby: 0, stopping: 0, ...drawn }).toEqual({ working, standby, stopping });
    }
});
