import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, manuallyDispatchProgrammaticEvent, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { getService, mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { WebClient } from "@web/webclient/webclient";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");
defineMailModels();

let asked;
let machines;

beforeEach(() => {
    mockDate("2026-03-01 10:00:00", +0);
    patchWithCleanup(user, { tz: "Asia/Tokyo" }); // the page has one clock, that of the browser
    asked = [];
    machines = [
        {
            id: 1,
            name: "Lathe",
            segments: [
                ["2026-03-01T08:00:00Z", "2026-03-01T08:30:00Z", "standby", 7],
                ["2026-03-01T08:30:00Z", null, "working", 7],
            ],
        },
        { id: 2, name: "Saw", segments: [] },
    ];
    mockServerClock();
    onRpc("iot.runtime.worker", "health", () => ({ alive: true, since: false, reason: "", workers: [] }));
    onRpc("iot.alert", "summary", () => ({ count: 0, unacked: 0, level: "", alerts: [] }));
    onRpc("iot.device", "session_timeline", ({ args }) => {
        asked.push(args);
        return { machines };
    });
});

async function openTimeline() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "fusion_session_timeline", name: "Timeline" });
    await animationFrame();
}

test("opens with today: a bar for each phase, what it is in words, and the time by phase", async () => {
    await openTimeline();
    expect(asked).toEqual([["2026-03-01T00:00:00.000Z", "2026-03-02T00:00:00.000Z"]]);
    expect(".o_fusion_timeline_title").toHaveText("Sunday, March 1, 2026");
    expect(queryAllTexts(".o_fusion_timeline_row .o_fusion_timeline_name")).toEqual(["Lathe", "Saw"]);
    expect(queryAllTexts(".o_fusion_timeline_row:eq(0) .o_fusion_timeline_sum")).toEqual(["1 h 30 min", "30 min 00 s"]);
    expect(queryAllTexts(".o_fusion_timeline_row:eq(1) .o_fusion_timeline_sum")).toEqual(["–", "–"]);
    expect(".o_fusion_timeline_bar").toHaveCount(2);
    expect(".o_fusion_timeline_standby").toHaveAttribute(
        "aria-label",
        "Lathe: Standby from 8:00:00 AM to 8:30:00 AM, 30 min 00 s"
    );
    expect(".o_fusion_timeline_working").toHaveAttribute("aria-label", "Lathe: Working since 8:30:00 AM, 1 h 30 min");
    expect(".o_fusion_timeline_now").toHaveCount(2);
});

test("the sums of what goes on run by the second, a pause that is not decided yet is in none", async () => {
    machines[0].segments = [
        ["2026-03-01T09:50:00Z", "2026-03-01T09:55:00Z", "standby", 7],
        ["2026-03-01T09:55:00Z", null, "working", 7],
    ];
    machines[1].segments = [
        ["2026-03-01T09:50:00Z", "2026-03-01T09:59:00Z", "working", 8],
        ["2026-03-01T09:59:00Z", null, "stopping", 8],
    ];
    await openTimeline();
    const sums = (row) => queryAllTexts(`.o_fusion_timeline_row:eq(${row}) .o_fusion_timeline_sum`);
    const seconds = () => Number(sums(0)[0].match(/(\d+) s$/)[1]);
    const began = seconds();
    await advanceTime(3000);
    await animationFrame();
    expect(seconds()).toBeWithin(began + 3, began + 5);
    expect(sums(0)[1]).toBe("5 min 00 s");
    expect(sums(1)).toEqual(["9 min 00 s", "–"]);
});

test("days before, a chosen day, and back to today", async () => {
    await openTimeline();
    expect(".o_fusion_timeline_next").toHaveProperty("disabled", true);
    await click(".o_fusion_timeline_previous");
    await animationFrame();
    expect(asked.at(-1)[0]).toBe("2026-02-28T00:00:00.000Z");
    expect(".o_fusion_timeline_now").toHaveCount(0);
    const date = queryOne(".o_fusion_timeline_date");
    date.value = "2026-01-05";
    await manuallyDispatchProgrammaticEvent(date, "change");
    await animationFrame();
    expect(asked.at(-1)[0]).toBe("2026-01-05T00:00:00.000Z");
    await click(".o_fusion_timeline_today");
    await animationFrame();
    expect(asked.at(-1)[0]).toBe("2026-03-01T00:00:00.000Z");
});

test("fewer hours show more of them, up to now", async () => {
    await openTimeline();
    await click("[data-hours='2']");
    await animationFrame();
    expect(asked.at(-1)).toEqual(["2026-03-01T08:10:00.000Z", "2026-03-01T10:10:00.000Z"]);
    expect(".o_fusion_timeline_title").toHaveText("Mar 1, 8:10 AM – 10:10 AM");
    expect(".o_fusion_timeline_next").toHaveProperty("disabled", true);
    await click(".o_fusion_timeline_previous");
    await animationFrame();
    expect(asked.at(-1)).toEqual(["2026-03-01T06:10:00.000Z", "2026-03-01T08:10:00.000Z"]);
    await click(".o_fusion_timeline_today");
    await animationFrame();
    expect(asked.at(-1)[1]).toBe("2026-03-01T10:10:00.000Z");
});

test("today goes on by itself; a day that is over is left alone", async () => {
    await openTimeline();
    await advanceTime(600_000);
    await animationFrame();
    expect(".o_fusion_timeline_working").toHaveAttribute("aria-label", "Lathe: Working since 8:30:00 AM, 1 h 40 min");
    const count = asked.length;
    expect(count).toBeGreaterThan(1);
    await nudge("session", { device_ids: [1] }, 3000);
    expect(asked.length).toBe(count + 1);
    await click(".o_fusion_timeline_previous");
    await animationFrame();
    await advanceTime(120_000);
    expect(asked.length).toBe(count + 2);
});

test("at midnight today becomes the next day", async () => {
    mockDate("2026-03-01 23:59:40", +0);
    await openTimeline();
    await advanceTime(40_000);
    await animationFrame();
    expect(asked.at(-1)[0]).toBe("2026-03-02T00:00:00.000Z");
    expect(".o_fusion_timeline_title").toHaveText("Monday, March 2, 2026");
});

test("a bar opens its session, a name its machine", async () => {
    await openTimeline();
    patchWithCleanup(getService("action"), {
        doAction: (action) => expect.step([action.res_model, action.res_id]),
    });
    await click(".o_fusion_timeline_working");
    await click(".o_fusion_timeline_name button:contains(Saw)");
    expect.verifySteps([
        ["mqtt.session", 7],
        ["iot.device", 2],
    ]);
});

test("only machines in use, and what to do when there is nothing", async () => {
    await openTimeline();
    await click("#o_fusion_timeline_used");
    await animationFrame();
    expect(queryAllTexts(".o_fusion_timeline_row .o_fusion_timeline_name")).toEqual(["Lathe"]);
    machines = [];
    await click(".o_fusion_timeline_previous");
    await animationFrame();
    expect(".o_fusion_session_empty").toHaveText(/No machine is watched yet/);
});
