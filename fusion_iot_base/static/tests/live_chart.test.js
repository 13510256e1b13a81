import { beforeEach, describe, expect, getFixture, test } from "@odoo/hoot";
import { queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { Component, useState, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { mountWithCleanup, preloadBundle } from "@web/../tests/web_test_helpers";
import { LiveChart } from "@fusion_iot_base/chart/live_chart";

describe.current.tags("desktop");
defineMailModels();
preloadBundle("web.chartjs_lib");

const HOUR = 3_600_000;
const START = Date.parse("2026-03-01T10:00:00Z");

let shown;

/** A chart of another addon: all that it has to say about itself. */
class OvenChart extends LiveChart {
    static template = xml`<div style="height: 200px; position: relative"><t t-call="fusion_iot_base.LiveChart"/></div>`;
    static colors = { light: { line: "#112233" }, dark: { line: "#ddeeff" } };
    static props = { points: Array, name: String };

    get description() {
        return `${this.props.name}: ${this.props.points.length} values`;
    }

    get shown() {
        return [this.props.points];
    }

    picture(theme) {
        const { points } = this.props;
        return {
            span: { start: START, end: START + HOUR },
            datasets: [{ data: points, parsing: false, borderColor: theme.line }],
            valueAxis: { min: 0, max: 300, title: { display: true, text: "°C" } },
            tooltip: { callbacks: { label: ({ raw }) => `${raw.y} °C` } },
            drawBelow: () => expect.step(`below ${points.length}`),
            drawAbove: () => expect.step(`above ${points.length}`),
            onLayout: () => expect.step(`layout ${points.length}`),
        };
    }
}

class Screen extends Component {
    static template = xml`<OvenChart t-if="state.isShown" points="state.points" name="state.name"/>`;
    static components = { OvenChart };
    static props = {};

    setup() {
        this.state = shown = useState({ isShown: true, name: "Oven", points: [{ x: START + 60_000, y: 180 }] });
    }
}

beforeEach(async () => {
    getFixture().style.backgroundColor = "#ffffff";
    await mountWithCleanup(Screen);
});

const chart = () => Chart.getChart(queryOne("canvas"));

test("a chart is drawn in its colours, with its layers, and says what it shows", () => {
    expect.verifySteps(["layout 1", "below 1", "above 1"]);
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
    expect.verifySteps(["layout 1", "below 1", "above 1"]);
    shown.name = "Kiln";
    await animationFrame();
    expect("canvas").toHaveAttribute("aria-label", "Kiln: 1 values");
    expect.verifySteps([]);
    shown.points = [...shown.points, { x: START + 120_000, y: 181 }];
    await animationFrame();
    expect.verifySteps(["layout 2", "below 2", "above 2"]);
    expect(chart() === first).toBe(true);
});

test("a chart that leaves the screen is given up", async () => {
    const canvas = queryOne("canvas");
    expect.verifySteps(["layout 1", "below 1", "above 1"]);
    shown.isShown = false;
    await animationFrame();
    expect(Chart.getChart(canvas)).toBe(undefined);
});
