import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { getService, mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { levelIcon, numberedSteps } from "@fusion_iot_base/overview/overview_levels";
import { mockServerClock, nudge } from "./live_helpers";

describe.current.tags("desktop");
defineMailModels();

let snapshot;
let asked;
let done;

const tile = (name, label, count, level = "", domain = []) => ({
    name,
    label,
    count,
    level: count ? level : "",
    action: `my.${name}_action`,
    domain,
});

beforeEach(() => {
    mockDate("2026-03-01 10:00:00", +0);
    mockServerClock();
    asked = 0;
    done = [];
    snapshot = {
        at: "2026-03-01T10:00:00+00:00",
        attention: {
            count: 9,
            items: [
                {
                    key: "my.hold-7",
                    model: "my.hold",
                    id: 7,
                    level: "danger",
                    kind: "Hold, critical",
                    title: "H7 · T05 Nickel",
                    text: "92 °C, spec 85 – 91 °C",
                    status: "Open",
                    since: "2026-03-01T09:00:00+00:00",
                    buttons: [{ method: "action_start_review", label: "Take into review" }],
                },
            ],
            groups: [{ name: "holds", title: "Holds", items: 1, tiles: [tile("critical", "Critical", 9, "danger")] }],
        },
        sections: [
            {
                name: "tanks",
                title: "Tanks",
                sequence: 1,
                tiles: [
                    tile("out", "Out of spec", 1, "danger", [["state", "=", "out"]]),
                    tile("adjust", "Adjust", 0, "warning"),
                ],
            },
        ],
        shift: { since: "2026-03-01T02:00:00+00:00", hours: 8, tiles: [tile("raised", "Holds raised", 3)] },
        guide: { shown: false, dismissed: false, tracks: [] },
    };
    onRpc("iot.runtime.worker", "health", () => ({ alive: true, since: false, reason: "", workers: [] }));
    onRpc("iot.overview", "snapshot", () => {
        asked++;
        return structuredClone(snapshot);
    });
    onRpc("my.hold", "action_start_review", ({ args }) => {
        done.push(["review", args]);
        snapshot.attention.items[0].status = "Under review";
        snapshot.attention.items[0].buttons = [];
        return true;
    });
    onRpc("iot.overview", "dismiss_guide", ({ args }) => {
        done.push(["dismiss", args]);
        snapshot.guide = args[0]
            ? { shown: false, dismissed: true, tracks: [] }
            : { shown: true, dismissed: false, tracks: [] };
        return true;
    });
});

async function open() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "fusion_iot.overview", name: "Overview" });
    await animationFrame();
    patchWithCleanup(getService("action"), {
        loadAction: (xmlId) => ({ type: "ir.actions.act_window", res_model: "my.model", context: { x: 1 }, xmlId }),
        doAction: (...asked) => done.push(["action", ...asked]),
    });
}

test("a level has a shape of its own, what is normal has none", () => {
    expect(levelIcon("danger")).not.toBe(levelIcon("warning"));
    expect(levelIcon("")).toBe("");
});

test("of the steps that are not done the first is next", () => {
    const steps = numberedSteps([{ done: true }, { done: false }, { done: false }]);
    expect(steps.map(({ number, isNext }) => [number, isNext])).toEqual([
        [1, false],
        [2, true],
        [3, false],
    ]);
    expect(numberedSteps([{ done: true }])[0].isNext).toBe(false);
});

test("what is urgent says so in words and a shape, what is not is plain", async () => {
    await open();
    expect(".o_fusion_overview_summary").toHaveText("9 things need attention.");
    expect(".o_fusion_tile[data-tile=out] .fa-exclamation-circle").toHaveAttribute("aria-label", "Problem");
    expect(".o_fusion_tile[data-tile=out]").toHaveClass("o_fusion_level_danger");
    expect(".o_fusion_tile[data-tile=adjust] .fa").toHaveCount(0);
    expect(".o_fusion_tile[data-tile=adjust]").toHaveClass("o_fusion_tile_zero");
    expect(queryAllTexts(".o_fusion_item_facts > span")).toEqual([
        "Hold, critical",
        "92 °C, spec 85 – 91 °C",
        "Open",
        "for 1 h",
    ]);
    expect(".o_fusion_overview_shift .o_fusion_overview_note").toHaveText("8 hours, since 2:00 AM");
});

test("a number opens what it has counted, and nothing that the action would leave out besides", async () => {
    await open();
    await click(".o_fusion_tile[data-tile=out]");
    await animationFrame();
    const [[, action]] = done;
    expect(action).toEqual({
        type: "ir.actions.act_window",
        res_model: "my.model",
        xmlId: "my.out_action",
        name: "Tanks: Out of spec",
        display_name: "Tanks: Out of spec",
        domain: [["state", "=", "out"]],
        context: {},
    });
});

test("a button acts on its record, and the screen shows what has become of it", async () => {
    await open();
    expect(".o_fusion_item button[name=action_start_review]").toHaveAttribute(
        "aria-label",
        "Take into review: H7 · T05 Nickel"
    );
    await click(".o_fusion_item button[name=action_start_review]");
    await animationFrame();
    await animationFrame();
    expect(done).toEqual([["review", [[7]]]]);
    expect(".o_fusion_item_buttons").toHaveCount(0);
    expect(asked).toBe(2);
    await click(".o_fusion_item_open");
    expect(done[1][1]).toEqual({
        type: "ir.actions.act_window",
        res_model: "my.hold",
        res_id: 7,
        views: [[false, "form"]],
    });
});

test("a nudge of any kind brings the numbers of now, by and by", async () => {
    await open();
    snapshot.sections[0].tiles[1].count = 2;
    await nudge("reading", { tank_ids: [1] }, 4000);
    expect(".o_fusion_tile[data-tile=adjust] .o_fusion_tile_count").toHaveText("2");
    expect(asked).toBe(2);
});

test("when all is well it says so", async () => {
    const { groups } = snapshot.attention;
    snapshot.attention = { count: 0, items: [], groups: [{ ...groups[0], tiles: [tile("critical", "Critical", 0)] }] };
    snapshot.shift.tiles[0].count = 0;
    Object.assign(snapshot.sections[0].tiles[0], { count: 0, level: "" });
    await open();
    expect(".o_fusion_overview_attention .o_fusion_tile").toHaveCount(0);
    expect(".o_fusion_overview_shift").toHaveText(/Nothing has changed/);
    expect(".o_fusion_overview_summary").toHaveText("Nothing needs attention.");
    expect(".o_fusion_item").toHaveCount(0);
});

test("who may set up nothing is told once who does", async () => {
    const step = { text: "", button: "Add", action: "my.line_action", new: true, may: false, done: false };
    const steps = ["line", "tank"].map((name) => ({ ...step, name, label: name }));
    snapshot.guide = { shown: true, dismissed: false, tracks: [{ name: "plating", title: "A plating line", steps }] };
    await open();
    expect(".o_fusion_overview_guide").toHaveText(/A manager sets these up/);
    expect(".o_fusion_step").toHaveCount(2);
    expect(".o_fusion_step .o_fusion_overview_note, .o_fusion_step button").toHaveCount(0);
});

test("what is known to be wrong is not said to be well because nothing waits", async () => {
    snapshot.attention = { count: 0, items: [], groups: [] };
    await open();
    expect(".o_fusion_overview_summary").toHaveText(/^Nothing waits to be acknowledged or decided\./);
    expect(".o_fusion_overview_summary .fa-check").toHaveCount(0);
});

test("the guide has a button for each step that is not done, and can be hidden and shown again", async () => {
    const step = { text: "", button: "Add", action: "my.line_action", new: true, may: true };
    snapshot.guide = {
        shown: true,
        dismissed: false,
        tracks: [
            {
                name: "plating",
                title: "A plating line",
                steps: [
                    { ...step, name: "line", label: "Line", done: true },
                    { ...step, name: "tank", label: "Tank", done: false },
                    { ...step, name: "bath", label: "Bath", done: false, may: false },
                ],
            },
        ],
    };
    await open();
    expect(".o_fusion_step[data-step=line] .fa-check").toHaveAttribute("aria-label", "Done");
    expect(".o_fusion_step[data-step=line] button").toHaveCount(0);
    expect(".o_fusion_step[data-step=tank]").toHaveAttribute("aria-current", "step");
    expect(".o_fusion_step[data-step=bath] button").toHaveCount(0);
    expect(".o_fusion_step[data-step=bath]").toHaveText(/A manager does this/);
    expect(".o_fusion_overview_guide").toHaveText(/Begin with one of these/);
    await click(".o_fusion_step[data-step=tank] button");
    expect(done).toEqual([["action", "my.line_action", { viewType: "form", props: { resId: false } }]]);
    await click(".o_fusion_guide_hide");
    await animationFrame();
    await animationFrame();
    expect(done[1]).toEqual(["dismiss", [true]]);
    expect(".o_fusion_overview_guide").toHaveCount(0);
    await click(".o_fusion_guide_again");
    await animationFrame();
    expect(done[2]).toEqual(["dismiss", [false]]);
});
