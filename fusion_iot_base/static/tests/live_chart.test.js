import { beforeEach, describe, expect, getFixture, test } from "@odoo/hoot";
import { hover, press, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { Component, useState, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWithCleanup, preloadBundle } from "@web/../tests/web_test_helpers";
import { layFlags } from "@fusion_iot_base/chart/chart_marks";
import { LiveChart } from "@fusion_iot_base/chart/live_chart";

describe.current.tags("desktop");
defineMailModels();
preloadBundle("web.chartjs_lib");

const HOUR = 3_600_000;
const START = Date.parse("2026-03-01T10:00:00Z");

let shown;
let drawn;
let opened;

/** What was drawn since this was asked last. */
const taken = () => drawn.splice(0);

/** A chart of another addon: all that it has to say about itself. */
class OvenChart extends LiveChart {
    static template = xml`
        <div style="width: 800px">
            <t t-call="fusion_iot_base.ChartMarks"/>
            <div style="height: 200px; position: relative"><t t-call="fusion_iot_base.LiveChart"/></div>
        </div>`;
    static colors = { light: { line: "#112233" }, dark: { line: "#ddeeff" } };
    static props = { points: Array, name: String, marks: Array };

    get description() {
        return `${this.props.name}: ${this.props.points.length} values`;
    }

    get shown() {
        return [this.props.points, this.props.marks];
    }

    picture(theme) {
        const { points, marks } = this.props;
        return {
            span: { start: START, end: START + HOUR },
            datasets: [{ data: points, parsing: false, borderColor: theme.line }],
            valueAxis: { min: 0, max: 300, title: { display: true, text: "°C" } },
            tooltip: { callbacks: { label: ({ raw }) => `${raw.y} °C` } },
            drawBelow: () => drawn.push(`below ${points.length}`),
            drawAbove: () => drawn.push(`above ${points.length}`),
            marks,
        };
    }
}

class Screen extends Component {
    static template = xml`<OvenChart t-if="state.isShown" points="state.points" name="state.name" marks="state.marks"/>`;
    static components = { OvenChart };
    static props = {};

    setup() {
        this.state = shown = useState({ isShown: true, name: "Oven", points: [{ x: START + 60_000, y: 180 }], marks: [] });
    }
}

beforeEach(async () => {
    [drawn, opened] = [[], []];
    getFixture().style.backgroundColor = "#ffffff";
    await mountWithCleanup(Screen);
});

const chart = () => Chart.getChart(queryOne("canvas"));

test("a chart is drawn in its colours, with its layers, and says what it shows", () => {
    expect(taken()).toEqual(["below 1", "above 1"]);
    expect("canvas[role=img]").toHaveAttribute("aria-label", "Oven: 1 values");
    expect(chart().data.datasets[0].borderColor).toBe("#112233");
    const { x, y } = chart().scales;
    expect([x.min, x.max, y.min, y.max]).toEqual([START, START + HOUR, 0, 300]);
    expect(y.options.title.text).toBe("°C");
    const { callbacks } = chart().options.plugins.tooltip;
    const item = { raw: { x: START + 60_000, y: 180 } };
    expect(callbacks.label(item)).toBe("180 °C");
    expect(callbacks.title([item])).toMatch(/:01:00/);
});

test("new data are drawn into the same chart; what is not drawn leaves it alone", async () => {
    const first = chart();
    expect(taken()).toEqual(["below 1", "above 1"]);
    shown.name = "Kiln";
    await animationFrame();
    expect("canvas").toHaveAttribute("aria-label", "Kiln: 1 values");
    expect(taken()).toEqual([]);
    shown.points = [...shown.points, { x: START + 120_000, y: 181 }];
    await animationFrame();
    expect(taken()).toEqual(["below 2", "above 2"]);
    expect(chart() === first).toBe(true);
});

test("a chart that leaves the screen is given up", async () => {
    const canvas = queryOne("canvas");
    expect(taken()).toEqual(["below 1", "above 1"]);
    shown.isShown = false;
    await animationFrame();
    expect(Chart.getChart(canvas)).toBe(undefined);
});

const MINUTE = 60_000;

/** A mark that begins at a minute, and ends at another if it is told. */
function mark(id, from, to = null, values = {}) {
    const [start, end] = [START + from * MINUTE, to === null ? null : START + to * MINUTE];
    const words = { name: `Door ${id}`, title: `Door ${id} was open`, icon: "fa-star" };
    return { key: `door-${id}`, model: "oven.door", id, start, end, level: "warning", ...words, ...values };
}

const flags = () => queryAllTexts(".o_fusion_mark");

test("what is marked has flags that say it, to the mouse, the finger and the keyboard, and open it", async () => {
    getService("action").doAction = ({ res_model, res_id }) => opened.push([res_model, res_id]);
    shown.marks = [mark(1, 5, 10), mark(2, 30), mark(3, 90), mark(4, -20, -10)];
    await animationFrame();
    await animationFrame();
    expect(flags()).toEqual(["Door 1", "Door 2"], { message: "and nothing that is not in the span" });
    const { left, height } = queryOne("[data-mark=door-2]").getBoundingClientRect();
    const canvas = queryOne("canvas").getBoundingClientRect();
    const at = canvas.left + chart().scales.x.getPixelForValue(START + 30 * MINUTE);
    expect(Math.abs(left - at)).toBeLessThan(2);
    expect(height).toBe(26);
    expect(".o_fusion_mark_open").toHaveAttribute("data-mark", "door-2");
    expect(".o_fusion_mark_told").toHaveCount(0);
    await hover("[data-mark=door-1]");
    await animationFrame();
    expect(".o_fusion_mark_told").toHaveText("Door 1 was open");
    await hover("canvas");
    await animationFrame();
    expect(".o_fusion_mark_told").toHaveCount(0);
    queryOne("[data-mark=door-1]").focus();
    await press("Tab");
    await animationFrame();
    expect("[data-mark=door-2]").toBeFocused();
    expect("[data-mark=door-2]").toHaveAttribute("aria-label", "Door 2 was open");
    expect(".o_fusion_mark_told").toHaveText("Door 2 was open");
    await press("Enter");
    expect(opened).toEqual([["oven.door", 2]]);
});

test("the lines of marks have the colour of what they say", async () => {
    shown.marks = [mark(1, 20, 40, { level: "danger" })];
    await animationFrame();
    const { ctx, chartArea, scales, currentDevicePixelRatio: ratio } = chart();
    const x = Math.round(scales.x.getPixelForValue(START + 20 * MINUTE) * ratio);
    const [red, green, blue, alpha] = ctx.getImageData(x, Math.round((chartArea.top + 5) * ratio), 1, 1).data;
    expect([red > 150, green < 80, blue < 80, alpha > 50]).toEqual([true, true, true, true]);
});

test("many marks share flags, which open their list", async () => {
    getService("action").doAction = ({ domain }) => opened.push(domain);
    shown.marks = Array.from({ length: 12 }, (_, index) => mark(index, 30, 31, { level: index === 7 ? "danger" : "" }));
    await animationFrame();
    await animationFrame();
    expect(".o_fusion_mark").toHaveCount(4);
    expect(flags()).toEqual(["+8", "", "", ""]);
    expect(".o_fusion_mark:first").toHaveClass("o_fusion_mark_danger", { message: "the worst of them counts" });
    expect(".o_fusion_mark:first").toHaveAttribute("aria-label", /^Door 0 was open\n.*And 4 more\.$/s);
    await contains(".o_fusion_mark:first").click();
    expect(opened).toEqual([[["id", "in", [0, 4, 5, 6, 7, 8, 9, 10, 11]]]]);
});

test("flags that would cover each other go into rows, and share one where the rows are full", () => {
    const boxes = [
        { left: 10, right: 20 },
        { left: 50, right: 200 },
        { left: 60, right: 70 },
        { left: 120, right: 130 },
        { left: 980, right: 990 },
    ];
    expect(layFlags(boxes, { minWidth: 100, width: 1000, mostRows: 2 })).toEqual([
        { left: 10, width: 100, row: 0, members: [0, 2] },
        { left: 50, width: 150, row: 1, members: [1] },
        { left: 120, width: 100, row: 0, members: [3] },
        { left: 900, width: 100, row: 0, members: [4] },
    ]);
});
