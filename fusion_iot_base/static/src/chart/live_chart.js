import { cookie } from "@web/core/browser/cookie";
import { momentText } from "../time/time_text";
import { Component, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { chartLocale } from "./chart_locale";
import { chartTheme } from "./chart_theme";
import { timeAxis } from "./time_axis";

const FONT = { size: 12 };

/**
 * @typedef {Object} Picture
 * @property {{start: number, end: number}} span of the time axis, in milliseconds since 1970
 * @property {Object[]} datasets of Chart.js; their points have the time as `x`
 * @property {Object} valueAxis options of a Chart.js scale, beside those that all charts share
 * @property {Object} tooltip options of Chart.js' tooltip; its title is the time of the point
 * @property {Object} [padding] around the plot, in pixels
 * @property {(chart: Object) => void} [drawBelow] draws what the lines lie upon; `chart` is that of Chart.js
 * @property {(chart: Object) => void} [drawAbove] draws what lies upon the lines
 * @property {(chart: Object) => void} [onLayout] called when the plot has its place
 */

/**
 * Lines over time that are drawn anew whenever their data change: what the charts of all addons share. A chart extends
 * it with its props, `description`, `shown` and `picture`; its template puts this one (a canvas) into an element that
 * has a height and `position: relative`. The bundle `web.chartjs_lib` has to be loaded, as `LiveChartWidget` does it.
 */
export class LiveChart extends Component {
    static template = "fusion_iot_base.LiveChart";
    /** Colours that only this chart has: `{ light, dark }`, see `chartTheme`. */
    static colors = {};

    setup() {
        this.canvas = useRef("canvas");
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
        this.drawn = this.picture(theme);
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
            afterLayout: (chart) => this.drawn.onLayout?.(chart),
            // Chart.js draws nothing where this hook returns false.
            beforeDatasetsDraw: (chart) => void this.drawn.drawBelow?.(chart),
            afterDatasetsDraw: (chart) => this.drawn.drawAbove?.(chart),
        };
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
