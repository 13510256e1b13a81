import { cookie } from "@web/core/browser/cookie";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { momentText } from "../time/time_text";
import { Component, onWillUnmount, useEffect, useRef, useState } from "@odoo/owl";
import { chartLocale } from "./chart_locale";
import { drawMarks, flagsOf, marksWithin } from "./chart_marks";
import { chartTheme } from "./chart_theme";
import { MarkLane } from "./mark_lane";
import { timeAxis } from "./time_axis";

const FONT = { size: 12 };

/**
 * @typedef {Object} Picture
 * @property {{start: number, end: number}} span of the time axis, in milliseconds since 1970
 * @property {Object[]} datasets of Chart.js; their points have the time as `x`
 * @property {Object} valueAxis options of a Chart.js scale, beside those that all charts share
 * @property {Object} tooltip options of Chart.js' tooltip; its title is the time of the point
 * @property {Object} [padding] around the plot, in pixels
 * @property {import("./chart_marks").Mark[]} [marks] what began, and ended, at moments of the span
 * @property {number} [until] what goes on goes on to here; the end of the span by default
 * @property {(chart: Object) => void} [drawBelow] draws what the lines lie upon; `chart` is that of Chart.js
 * @property {(chart: Object) => void} [drawAbove] draws what lies upon the lines
 */

/**
 * Lines over time that are drawn anew whenever their data change: what the charts of all addons share. A chart extends
 * it with its props, `description`, `shown` and `picture`; its template puts this one (a canvas) into an element that
 * has a height and `position: relative`, and above that, if it has marks, `fusion_iot_base.ChartMarks`. The bundle
 * `web.chartjs_lib` has to be loaded, as `LiveChartWidget` does it.
 */
export class LiveChart extends Component {
    static template = "fusion_iot_base.LiveChart";
    static components = { MarkLane };
    /** Colours that only this chart has: `{ light, dark }`, see `chartTheme`. */
    static colors = {};

    setup() {
        this.canvas = useRef("canvas");
        this.action = useService("action");
        this.isCoarse = window.matchMedia("(pointer: coarse)").matches;
        this.lane = useState({ flags: [] });
        this.locale = chartLocale();
        this.chart = null;
        useEffect(
            () => this.draw(),
            () => this.shown
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    /** @returns {string} what the picture says, for those who do not see it */
    get description() {
        return "";
    }

    /** @returns {Array} what is drawn: as soon as one of these is another, the chart is drawn anew */
    get shown() {
        return Object.values(this.props);
    }

    /**
     * @param {Object<string, string>} theme colours, see `chartTheme`
     * @returns {Picture}
     */
    picture(theme) {
        throw new Error(`${this.constructor.name} has no picture`);
    }

    /** The chart is kept and given new data: what is under the finger stays under the finger. */
    draw() {
        const theme = chartTheme(this.canvas.el, cookie.get("color_scheme"), this.constructor.colors);
        this.drawn = { ...this.picture(theme), theme };
        const data = { datasets: this.drawn.datasets };
        const options = this.options(this.drawn, theme);
        if (this.chart) {
            Object.assign(this.chart, { data, options });
            this.chart.update("none");
            return;
        }
        this.chart = new Chart(this.canvas.el, { type: "line", data, options, plugins: [this.layers()] });
    }

    /** A Chart.js plugin, which is given once: what it calls is that of the latest picture. */
    layers() {
        return {
            id: "fusionLayers",
            afterLayout: (chart) => this.placeFlags(chart),
            // Chart.js draws nothing where this hook returns false.
            beforeDatasetsDraw: (chart) => void this.drawn.drawBelow?.(chart),
            afterDatasetsDraw: (chart) => {
                drawMarks(chart, this.shownMarks, this.drawn.theme);
                this.drawn.drawAbove?.(chart);
            },
        };
    }

    /** The marks of the latest picture that are seen. */
    get shownMarks() {
        const { marks = [], span, until = span.end } = this.drawn;
        return marksWithin(marks, span, until);
    }

    /** The flags of marks are real buttons above the plot, placed by the plot's own time axis. */
    placeFlags({ chartArea, scales: { x } }) {
        const { until = this.drawn.span.end } = this.drawn;
        const flags = flagsOf(this.shownMarks, { chartArea, placeOf: (at) => x.getPixelForValue(at), until, isCoarse: this.isCoarse });
        const signature = JSON.stringify(flags);
        if (signature !== this.flagsPlaced) {
            this.flagsPlaced = signature;
            // Not while the chart is drawn, which is while this component is.
            Promise.resolve().then(() => Object.assign(this.lane, { flags }));
        }
    }

    /** Opens the record that is marked; of several that share a flag the list. */
    openMarks(marks) {
        const [{ model, id }] = marks;
        const ids = marks.filter((mark) => mark.model === model).map((mark) => mark.id);
        const isOne = ids.length === 1;
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Marked in the chart"),
            res_model: model,
            views: isOne ? [[false, "form"]] : [[false, "list"], [false, "form"]],
            ...(isOne ? { res_id: id } : { domain: [["id", "in", ids]] }),
        });
    }

    options({ span, valueAxis, tooltip, padding }, theme) {
        return {
            animation: false,
            maintainAspectRatio: false,
            interaction: { mode: "nearest", axis: "x", intersect: false },
            layout: { padding },
            scales: {
                x: timeAxis(span, theme, this.locale),
                y: {
                    grid: { color: theme.grid, tickColor: theme.grid },
                    border: { display: false },
                    ...valueAxis,
                    ticks: { color: theme.muted, font: FONT, ...valueAxis.ticks },
                    title: { color: theme.muted, font: FONT, ...valueAxis.title },
                },
            },
            plugins: {
                legend: { display: false },
                tooltip: {
                    backgroundColor: theme.surface,
                    titleColor: theme.text,
                    bodyColor: theme.text,
                    footerColor: theme.muted,
                    footerFont: { weight: 400 },
                    borderColor: theme.edge,
                    borderWidth: 1,
                    padding: 10,
                    displayColors: false,
                    ...tooltip,
                    callbacks: { title: ([item]) => item && this.timeText(item.raw.x), ...tooltip.callbacks },
                },
            },
        };
    }

    timeText(at) {
        return momentText(at, { showSeconds: true });
    }
}
