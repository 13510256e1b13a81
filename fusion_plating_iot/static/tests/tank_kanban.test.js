import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    fields,
    MockServer,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

function reading(values = {}) {
    return {
        sensor_id: 1,
        name: "Temperature",
        quantity: "temperature",
        unit: "°C",
        value: 88.04,
        at: "2026-03-01T09:59:48+00:00",
        status: "ok",
        spec_min: 85,
        spec_max: 91,
        setpoint: 88,
        age_limit_s: 90,
        ...values,
    };
}

class Tank extends models.Model {
    _name = "fusion.plating.tank";
    name = fields.Char();
    latest = fields.Json();

    _records = [
        { id: 1, name: "Electroless nickel", latest: [reading()] },
        {
            id: 2,
            name: "Hard chrome",
            latest: [
                reading({ sensor_id: 2, value: 60.8, spec_min: 54, spec_max: 60, status: "out_of_spec" }),
                reading({ sensor_id: 3, name: "pH", quantity: "ph", unit: "pH", value: null, at: null, status: "no_data" }),
            ],
        },
        { id: 3, name: "Rinse", latest: [] },
    ];
}

defineMailModels();
defineModels([Tank]);

async function openTanks() {
    mockDate("2026-03-01 10:00:00", +0);
    mockServerClock();
    await mountView({
        type: "kanban",
        resModel: "fusion.plating.tank",
        arch: `<kanban js_class="fusion_live_kanban"><templates><t t-name="card">
            <field name="name"/><field name="latest" widget="fp_tank_values"/>
        </t></templates></kanban>`,
    });
}

test("the limits are on the card, no pointer needed", async () => {
    await openTanks();
    expect(queryAllTexts(".o_fp_value_limits")).toEqual(["85 – 91", "54 – 60", "85 – 91"]);
});

test("a limit that is open", async () => {
    Tank._records[0].latest = [
        reading({ spec_min: null, spec_max: 82.5 }),
        reading({ sensor_id: 4, spec_max: null }),
        reading({ sensor_id: 5, spec_min: null, spec_max: null }),
    ];
    Tank._records.length = 1;
    await openTanks();
    expect(queryAllTexts(".o_fp_value_limits")).toEqual(["≤ 82.5", "≥ 85"]);
});

test("a value that no limit judges says so, and has no place between limits", async () => {
    Tank._records[0].latest = [
        reading({ status: "not_judged", spec_min: null, spec_max: null, setpoint: null }),
        reading({ sensor_id: 4, status: "not_judged" }),
    ];
    Tank._records.length = 1;
    await openTanks();
    expect(queryAllTexts(".o_fp_value_not_judged .o_fp_value_status")).toEqual(["Not judged", "Not judged"]);
    expect(".o_fp_value_status.visually-hidden").toHaveCount(0);
    expect(".o_fp_bar").toHaveCount(1);
    expect(".o_fp_bar_value").toHaveCount(0);
});

test("two probes of one parameter are told apart by name", async () => {
    Tank._records[0].latest = [
        reading({ probe: "T03 left" }),
        reading({ sensor_id: 4, probe: "T03 right" }),
        reading({ sensor_id: 5, name: "pH", probe: "" }),
    ];
    Tank._records.length = 1;
    await openTanks();
    expect(queryAllTexts(".o_fp_value_name")).toEqual(["Temperature · T03 left", "Temperature · T03 right", "pH"]);
});

test("a card shows value, unit, age and state, and never by colour alone", async () => {
    await openTanks();
    expect(".o_kanban_record:not(.o_kanban_ghost)").toHaveCount(3);
    expect(queryAllTexts(".o_fp_value_figure")).toEqual(["88.0", "60.8", "–"]);
    // the clock of the page runs on while it is mounted
    expect(queryAllTexts(".o_fp_value_age").join()).toMatch(/^1\d s,1\d s$/);
    expect(".o_fp_value_out_of_spec .o_fp_value_status").toHaveText("Out of spec");
    expect(".o_fp_value_out_of_spec .fa-exclamation-triangle").toHaveCount(1);
    expect(".o_fp_value_no_data .o_fp_value_status").toHaveText("No data yet");
    expect(".o_kanban_record:eq(2) .o_fp_values_none").toHaveText("No sensors");
});

test("a value that nobody refreshes turns silent while one looks at it", async () => {
    onRpc("fusion.plating.tank", "web_search_read", () => expect.step("fetch"));
    await openTanks();
    expect.verifySteps(["fetch"]);
    await advanceTime(20_000);
    await animationFrame();
    expect(queryAllTexts(".o_fp_value_age")).toEqual(["32 s", "32 s"]);
    await advanceTime(60_000);
    await animationFrame();
    expect(".o_fp_value_silent").toHaveCount(2);
    expect(".o_fp_value_silent:first .o_fp_value_status").toHaveText("Silent");
    expect.verifySteps(["fetch"]);
});

test("a value that is not believed is shown as such, beside the last one that is", async () => {
    await openTanks();
    const doubted = {
        value: 24.1,
        at: "2026-03-01T08:00:00+00:00",
        heard_at: "2026-03-01T09:59:58+00:00",
        status: "suspect",
        doubt: "The probe says 75.4 °C.",
    };
    MockServer.env["fusion.plating.tank"].write([1], { latest: [reading(doubted)] });
    await nudge("reading", { tank_ids: [1] });
    expect(".o_fp_value_suspect .o_fp_value_status").toHaveText("Suspect");
    expect(".o_fp_value_suspect .fa-question-circle").toHaveCount(1);
    expect(".o_fp_value_suspect .o_fp_value_figure").toHaveText("24.1");
    expect(".o_fp_value_doubt").toHaveText("The probe says 75.4 °C.");
    await advanceTime(95_000);
    await animationFrame();
    expect(".o_fp_value_suspect").toHaveCount(0);
    expect(".o_fp_value_silent").toHaveCount(2);
});

test("a nudge brings new values into the same elements", async () => {
    await openTanks();
    const figure = queryFirst(".o_fp_value_figure");
    MockServer.env["fusion.plating.tank"].write([1], {
        latest: [reading({ value: 92.26, status: "out_of_spec", at: "2026-03-01T10:00:00+00:00" })],
    });
    await nudge("reading", { tank_ids: [1] });
    expect(figure).toHaveText("92.3");
    expect(figure.isConnected).toBe(true);
    expect(".o_kanban_record:eq(0) .o_fp_value_out_of_spec").toHaveCount(1);
});
