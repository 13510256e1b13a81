import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, getService, models, mountView, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

class Machine extends models.Model {
    _name = "iot.device";
    name = fields.Char();
    _records = [{ id: 1, name: "Lathe" }];
}

class Session extends models.Model {
    _name = "mqtt.session";
    name = fields.Char();
    status = fields.Selection({ selection: [["running", "Running"], ["completed", "Completed"]] });
    device_id = fields.Many2one({ relation: "iot.device" });
    current_state = fields.Selection({
        selection: [["idle", "Idle"], ["standby", "Standby"], ["working", "Working"], ["stopping", "Stopping"]],
    });
    start_time = fields.Datetime();
    total_duration_s = fields.Float();
    working_duration_s = fields.Float();
    standby_duration_s = fields.Float();
    _records = [
        {
            id: 7,
            name: "Running",
            status: "running",
            device_id: 1,
            current_state: "working",
            start_time: "2026-03-01 10:00:00",
            total_duration_s: 570,
            working_duration_s: 270,
            standby_duration_s: 300,
        },
        {
            id: 8,
            name: "Over",
            status: "completed",
            device_id: 1,
            current_state: "idle",
            start_time: "2026-03-01 10:00:00",
            total_duration_s: 390,
            working_duration_s: 90,
            standby_duration_s: 300,
        },
    ];
}

defineMailModels();
defineModels([Machine, Session]);

let asked;
let answer;

beforeEach(() => {
    mockDate("2026-03-01 10:10:00", +0);
    patchWithCleanup(user, { tz: "Asia/Tokyo" }); // the page has one clock, that of the browser
    asked = [];
    answer = () => ({});
    mockServerClock();
    onRpc("mqtt.session", "session_chart", ({ args }) => {
        asked.push(args[0]);
        return {
            samples: [
                ["2026-03-01T10:00:00Z", 34.5],
                ["2026-03-01T10:05:00Z", 1210],
            ],
            states: [
                ["2026-03-01T10:00:00Z", "2026-03-01T10:05:00Z", "standby"],
                ["2026-03-01T10:05:00Z", args[0] === 7 ? null : "2026-03-01T10:06:30Z", "working"],
            ],
            thresholds: { standby_threshold_w: 20, working_threshold_w: 100 },
            alerts: { marks: [], left_out: false },
            ...answer(),
        };
    });
});

function openSession(resId) {
    return mountView({
        type: "form",
        resModel: "mqtt.session",
        resId,
        arch: `<form>
            <field name="name"/>
            <field name="total_duration_s" widget="fusion_session_duration"/>
            <field name="working_duration_s" widget="fusion_session_duration"/>
            <field name="standby_duration_s" widget="fusion_session_duration"/>
            <field name="current_state" widget="fusion_session_duration" invisible="current_state != 'stopping'"/>
            <widget name="fusion_session_chart"/>
        </form>`,
    });
}

const legend = () => queryAllTexts(".o_fusion_phase_legend li").map((text) => text.replace("\n", " "));
const seconds = (text) => Number(text.match(/(\d+) min/)?.[1] || 0) * 60 + Number(text.match(/(\d+) s$/)[1]);
const shownOf = (field) => queryOne(`[name=${field}] .o_fusion_duration`).textContent;

test("says what it shows, and lists the phases with their time", async () => {
    await openSession(8);
    expect("canvas[role=img]").toHaveAttribute(
        "aria-label",
        "Power over the session: 2 values, at most 1,210 W; working 1 min 30 s, standby 5 min 00 s"
    );
    expect(queryAllTexts(".o_fusion_phase_legend li")).toEqual(["Working\n1 min 30 s", "Standby\n5 min 00 s"]);
});

test("the legend runs with the fields above it, whatever is drawn", async () => {
    await openSession(7);
    const began = seconds(shownOf("working_duration_s"));
    await advanceTime(20_000);
    await animationFrame();
    expect(seconds(shownOf("working_duration_s"))).toBeWithin(began + 20, began + 30);
    expect(legend()).toEqual([`Working ${shownOf("working_duration_s")}`, "Standby 5 min 00 s", "Live"]);
    expect(shownOf("standby_duration_s")).toBe("5 min 00 s");
    expect("canvas[role=img]").toHaveAttribute(
        "aria-label",
        new RegExp(`working ${shownOf("working_duration_s")}, standby 5 min 00 s$`)
    );
    await click(".o_fusion_session_toggle");
    await animationFrame();
    const going = () => queryAllTexts(".o_fusion_session_table tbody tr:eq(1) td").at(-1);
    const length = seconds(going());
    await advanceTime(3000);
    expect(seconds(going())).toBeWithin(length + 3, length + 5);
});

test("a pause that is not decided yet is no standby: it stands beside the times of the session", async () => {
    Session._records[0].current_state = "stopping";
    answer = () => ({
        states: [
            ["2026-03-01T10:00:00Z", "2026-03-01T10:09:30Z", "working"],
            ["2026-03-01T10:09:30Z", "2026-03-01T10:10:00Z", "stopping"],
        ],
    });
    await openSession(7);
    await advanceTime(20_000);
    await animationFrame();
    const pause = shownOf("current_state");
    expect(seconds(pause)).toBeWithin(50, 60);
    expect(legend()).toEqual(["Working 4 min 30 s", "Standby 5 min 00 s", `Stopping ${pause}`, "Live"]);
    const shown = ["total_duration_s", "working_duration_s", "standby_duration_s"].map(shownOf);
    expect(shown).toEqual(["9 min 30 s", "4 min 30 s", "5 min 00 s"]);
});

/** The colour of the chart at a time, just below the top of the plot: [red, green, blue, alpha]. */
function colorAt(time) {
    const { ctx, chartArea, scales, currentDevicePixelRatio: ratio } = Chart.getChart(queryOne("canvas"));
    const x = scales.x.getPixelForValue(Date.parse(time));
    return [...ctx.getImageData(x * ratio, (chartArea.top + 3) * ratio, 1, 1).data];
}

test("each phase has its shade, and the line that of power", async () => {
    await openSession(8);
    await animationFrame();
    const [working, standby] = [colorAt("2026-03-01T10:05:50Z"), colorAt("2026-03-01T10:02:10Z")];
    // What is see-through is kept as a product, so a colour comes back with a small error.
    const isNear = (color, wanted) => color.every((part, index) => Math.abs(part - wanted[index]) <= 4);
    expect(isNear(working, [36, 98, 148, 0.38 * 255])).toBe(true, { message: `working: ${working}` });
    expect(isNear(standby, [36, 98, 148, 0.13 * 255])).toBe(true, { message: `standby: ${standby}` });
    const { data, options } = Chart.getChart(queryOne("canvas"));
    expect(data.datasets.map(({ borderColor, stepped }) => [borderColor, stepped])).toEqual([["#1f2937", "before"]]);
    expect(options.plugins.tooltip.backgroundColor).toBe("#ffffff");
});

test("the same as a table", async () => {
    await openSession(7);
    await click(".o_fusion_session_toggle");
    await animationFrame();
    expect("canvas").toHaveCount(0);
    expect(queryAllTexts(".o_fusion_session_table tbody tr:eq(1) td")).toEqual([
        "Working",
        "Mar 1, 10:05:00 AM",
        "now",
        "5 min 00 s",
    ]);
});

test("alerts of the machine are marked", async () => {
    const start = Date.parse("2026-03-01T10:05:30Z");
    const mark = { id: 3, start, end: start + 30_000, severity: "info", label: "Info", type: "Machine on out of hours", text: "On out of hours" };
    answer = () => ({ alerts: { marks: [mark], left_out: false } });
    await openSession(8);
    await animationFrame();
    expect("[data-mark=alert-3].o_fusion_mark_info").toHaveAttribute("aria-label", /^Info: On out of hours\. Raised /);
    expect(legend().at(-1)).toBe("Alert");
    getService("action").doAction = (action) => expect.step([action.res_model, action.res_id]);
    await click("[data-mark=alert-3]");
    expect.verifySteps([["iot.alert", 3]]);
});

test("low power can be stretched", async () => {
    await openSession(8);
    await click(".o_fusion_session_scale");
    await animationFrame();
    expect(".o_fusion_session_scale").toHaveAttribute("aria-pressed", "true");
    expect("canvas").toHaveCount(1);
});

test("what runs is live: heard values are added at once, a nudge fetches again", async () => {
    await openSession(7);
    expect(asked).toEqual([7]);
    getService("fusion_machines").onMachines({
        machines: {
            1: { power_w: 2300, phase: "working", at: "2026-03-01T10:10:01Z" },
            2: { power_w: 9000, phase: "working", at: "2026-03-01T10:10:01Z" },
        },
    });
    await animationFrame();
    expect("canvas[role=img]").toHaveAttribute("aria-label", /3 values, at most 2,300 W/);
    await nudge("session", { device_ids: [1] }, 6000);
    expect(asked).toEqual([7, 7]);
    expect("canvas[role=img]").toHaveAttribute("aria-label", /3 values/);
});

test("what is over is not fetched again", async () => {
    await openSession(8);
    await nudge("session", { device_ids: [1] }, 6000);
    expect(asked).toEqual([8]);
});

test("without any power it says why", async () => {
    answer = () => ({ samples: [] });
    await openSession(8);
    expect(".o_fusion_session_empty").toHaveText(/No power is kept for this session/);
    await openSession(7);
    expect(".o_fusion_session_empty:last").toHaveText(/No power logged yet/);
});
