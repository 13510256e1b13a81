import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { localization } from "@web/core/l10n/localization";
import { defineModels, fields, getService, models, mountView, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { worstSensor } from "@fusion_plating_iot/trend/trend_source";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

const NOW = Date.parse("2026-03-01T10:00:00Z");
const MINUTE = 60_000;

class Parameter extends models.Model {
    _name = "fusion.plating.bath.parameter";
    name = fields.Char();
    _records = [
        { id: 1, name: "Temperature" },
        { id: 2, name: "pH" },
    ];
}

class Tank extends models.Model {
    _name = "fusion.plating.tank";
    name = fields.Char();
    _records = [{ id: 5, name: "Electroless nickel" }];
}

class Sensor extends models.Model {
    _name = "fp.tank.sensor";
    name = fields.Char();
    active = fields.Boolean({ default: true });
    tank_id = fields.Many2one({ relation: "fusion.plating.tank" });
    parameter_id = fields.Many2one({ relation: "fusion.plating.bath.parameter" });
    quantity = fields.Char();
    unit = fields.Char();
    status = fields.Char();
    last_reading_value = fields.Float();
    last_reading_at = fields.Datetime();
    silent_after = fields.Integer();
    spec_min = fields.Float();
    spec_max = fields.Float();
    setpoint = fields.Float();
    _records = [
        {
            id: 1,
            name: "Probe 05",
            tank_id: 5,
            parameter_id: 1,
            quantity: "temperature",
            unit: "°C",
            status: "ok",
            last_reading_value: 88,
            last_reading_at: "2026-03-01 09:59:50",
            silent_after: 90,
            spec_min: 85,
            spec_max: 91,
            setpoint: 88,
        },
        {
            id: 2,
            name: "Electrode",
            tank_id: 5,
            parameter_id: 2,
            quantity: "ph",
            unit: "pH",
            status: "out_of_spec",
            last_reading_value: 5.3,
            last_reading_at: "2026-03-01 09:59:40",
            silent_after: 90,
            spec_min: 4.5,
            spec_max: 5,
            setpoint: 4.8,
        },
    ];
}

defineMailModels();
defineModels([Parameter, Tank, Sensor]);

let asked;
let answer;

beforeEach(() => {
    mockDate("2026-03-01 10:00:00", +0);
    asked = [];
    answer = () => ({});
    mockServerClock();
    onRpc("fp.tank.sensor", "get_trend", ({ args }) => {
        const [[id], from, to] = args;
        asked.push({ id, from: from.slice(0, 16), to: to && to.slice(0, 16) });
        const start = Date.parse(from);
        const end = to ? Date.parse(to) : NOW;
        return {
            now: NOW,
            start,
            end,
            note: false,
            sensors: [
                {
                    id,
                    name: "Probe",
                    unit: "°C",
                    quantity: "temperature",
                    last_at: NOW - 10_000,
                    aggregated: false,
                    points: [
                        [NOW - 30 * MINUTE, 88, "good"],
                        [NOW - 20 * MINUTE, 91.5, "good"],
                        [NOW - 10 * MINUTE, -127, "bad"],
                        [NOW - 10_000, 88.4, "good"],
                    ],
                    limits: [
                        { from: start, to: end, spec_min: 85, spec_max: 91, action_min: 86, action_max: 90 },
                    ],
                    gaps: [[NOW - 9 * MINUTE, NOW - MINUTE]],
                    holds: [
                        {
                            id: 7,
                            name: "QH/2026/00007",
                            start: NOW - 20 * MINUTE,
                            back_at: NOW - MINUTE,
                            end: null,
                            state: "open",
                            worst_value: 91.5,
                        },
                    ],
                    alerts: { marks: [], left_out: false },
                    ...answer(),
                },
            ],
        };
    });
});

async function openTank() {
    await mountView({
        type: "form",
        resModel: "fusion.plating.tank",
        resId: 5,
        arch: `<form><field name="name"/><widget name="fp_trend"/></form>`,
    });
    await animationFrame();
}

test("opens live with the sensor that needs attention, and says what it shows", async () => {
    await openTank();
    expect(asked).toEqual([{ id: 2, from: "2026-02-28T10:00", to: null }]);
    expect(queryAllTexts(".o_fp_value_name")).toEqual(["pH", "Temperature"]);
    expect(".o_fp_trend_sensor.active .o_fp_value_name").toHaveText("pH");
    expect("canvas[role=img]").toHaveAttribute(
        "aria-label",
        "Probe: 4 readings between 88.0 and 91.5 °C, 1 out of spec, 1 gaps, 1 holds, 0 alerts"
    );
    expect(queryAllTexts(".o_fp_trend_legend li")).toEqual([
        "Specification 85.0 – 91.0 °C",
        "Action 86.0 – 90.0 °C",
        "Out of spec",
        "No readings",
        "✕\nSensor fault",
        "Quality hold",
    ]);
});

test("a probe that says nothing is not what one wants to see first", () => {
    const sensors = ["no_data", "silent", "ok", "ok"].map((status, index) => ({ sensor_id: index, status }));
    expect(worstSensor(sensors)).toBe(2);
    expect(worstSensor([...sensors, { sensor_id: 4, status: "suspect" }, { sensor_id: 5, status: "fault" }])).toBe(5);
    expect(worstSensor([])).toBe(null);
});

test("the axis writes numbers as the user does", async () => {
    await openTank();
    patchWithCleanup(localization, { decimalPoint: ",", thousandsSep: "." });
    const { y } = Chart.getChart(queryOne("canvas")).scales;
    const write = (value) => y.options.ticks.callback.call(y, value);
    expect([write(4.25), write(90), write(1013.5)]).toEqual(["4,25", "90", "1.013,5"]);
});

test("excursions and gaps are drawn where they are", async () => {
    await openTank();
    await click("[data-range='1h']");
    await animationFrame();
    await animationFrame();
    const { ctx, chartArea, scales, currentDevicePixelRatio: ratio, options } = Chart.getChart(queryOne("canvas"));
    // Below the limits, and beside the ticks: only what marks a time is drawn there.
    const colorAt = (time) => {
        const x = Math.round(scales.x.getPixelForValue(time) * ratio);
        return [...ctx.getImageData(x, Math.round((chartArea.bottom - 4) * ratio), 1, 1).data];
    };
    const [red, green, blue, alpha] = colorAt(NOW - 17 * MINUTE);
    expect([red > 150, green < 80, blue < 80, alpha > 10]).toEqual([true, true, true, true]);
    expect(colorAt(NOW - 27 * MINUTE)[3]).toBe(0);
    expect(colorAt(NOW - 6.5 * MINUTE)[3]).toBeGreaterThan(alpha);
    expect(options.plugins.tooltip.footerColor).toBe("#6b7280");
});

test("ranges and steps ask for their span, and coming back to now is live again", async () => {
    await openTank();
    await click("[data-range='1h']");
    await animationFrame();
    expect(asked.at(-1)).toEqual({ id: 2, from: "2026-03-01T09:00", to: null });
    expect(".o_fp_trend_next").toHaveProperty("disabled", true);
    await click(".o_fp_trend_previous");
    await animationFrame();
    expect(asked.at(-1)).toEqual({ id: 2, from: "2026-03-01T08:00", to: "2026-03-01T09:00" });
    expect(".o_fp_trend_ranges .active").toHaveCount(0);
    await click(".o_fp_trend_next");
    await animationFrame();
    expect(asked.at(-1)).toEqual({ id: 2, from: "2026-03-01T09:00", to: null });
    expect(".o_fp_trend_ranges .active").toHaveText("1 h");
});

test("another sensor, and the same readings as a table", async () => {
    await openTank();
    await click(".o_fp_trend_sensor:contains(Temperature)");
    await animationFrame();
    expect(asked.at(-1).id).toBe(1);
    await click(".o_fp_trend_toggle");
    await animationFrame();
    expect(".o_fp_trend canvas").toHaveCount(0);
    expect(".o_fp_trend_table tbody tr").toHaveCount(4);
    expect(".o_fp_trend_table tbody tr:eq(2)").toHaveText(/91\.5\s+Out of spec\s+85\.0 – 91\.0 °C/);
    expect(".o_fp_trend_table tbody tr:eq(1)").toHaveText(/Sensor fault/);
});

test("a nudge refreshes it without the screen going blank", async () => {
    await openTank();
    await nudge("reading", { tank_ids: [5] }, 5000);
    expect(asked.length).toBe(2);
    expect(".o_fp_trend_loading").toHaveCount(0);
});

test("the flag of a hold is a button that opens it", async () => {
    await openTank();
    await animationFrame();
    expect(".o_fusion_mark").toHaveCount(1);
    expect(".o_fusion_mark.o_fusion_mark_danger.o_fusion_mark_open").toHaveAttribute(
        "aria-label",
        /^QH\/2026\/00007, on hold since .*, worst value 91\.5 °C$/
    );
    getService("action").doAction = (action) => expect.step([action.res_model, action.res_id]);
    await click(".o_fusion_mark");
    expect.verifySteps([["fusion.plating.quality.hold", 7]]);
});

test("alerts of the sensor are marked, in their colour and in words, and open from there", async () => {
    const marks = [
        { id: 4, start: NOW - 600 * MINUTE, end: NOW - 500 * MINUTE, severity: "warning", label: "Warning", type: "Sensor fault", text: "Cut wire" },
        { id: 5, start: NOW - 15 * MINUTE, end: null, severity: "critical", label: "Critical", type: "Sensor silent", text: "Silent" },
    ];
    answer = () => ({ holds: [], alerts: { marks, left_out: true } });
    await openTank();
    await animationFrame();
    expect(".o_fusion_mark").toHaveCount(2);
    expect("[data-mark=alert-4]").toHaveClass("o_fusion_mark_warning");
    expect("[data-mark=alert-4]").not.toHaveClass("o_fusion_mark_open");
    expect("[data-mark=alert-4]").toHaveAttribute(
        "aria-label",
        "Warning: Cut wire. Raised Mar 1, 12:00 AM, cleared Mar 1, 1:40 AM"
    );
    expect("[data-mark=alert-5].o_fusion_mark_danger.o_fusion_mark_open .fa-exclamation-circle").toHaveCount(1);
    expect("[data-mark=alert-5]").toHaveText("Sensor silent");
    expect("canvas[role=img]").toHaveAttribute("aria-label", /2 alerts$/);
    expect(queryAllTexts(".o_fp_trend_legend li").at(-1)).toBe("Alert (not all: 2)");
    getService("action").doAction = (action) => expect.step([action.res_model, action.res_id]);
    await click("[data-mark=alert-5]");
    expect.verifySteps([["iot.alert", 5]]);
    await nudge("alert", { alert_ids: [5] }, 5000);
    expect(asked.length).toBe(2);
});

test("an empty span offers the last reading", async () => {
    const lastAt = NOW - 48 * 60 * MINUTE;
    answer = () => ({ points: [], gaps: [], holds: [], last_at: lastAt });
    await openTank();
    expect(".o_fp_trend_empty").toHaveText(/No readings in this span\. The last one is from Feb 27, 10:00 AM/);
    await click(".o_fp_trend_empty button");
    await animationFrame();
    expect(Date.parse(`${asked.at(-1).from}Z`)).toBeLessThan(lastAt);
    expect(Date.parse(`${asked.at(-1).to}Z`)).toBeGreaterThan(lastAt);
});
