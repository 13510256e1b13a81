import { cookie } from "@web/core/browser/cookie";
import { _t } from "@web/core/l10n/translation";
import { chartLocale } from "@fusion_iot_base/chart/chart_locale";
import { timeAxis } from "@fusion_iot_base/chart/time_axis";
import { momentText } from "@fusion_iot_base/time/time_text";
import { Component, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { formatDuration, formatPower } from "../amounts";
import { describePhase } from "../phases";
import { powerTicks, toAxis, topOf } from "./power_scale";
import { sessionLayers } from "./session_layers";
import { summarise } from "./session_series";
import { sessionTheme } from "./session_theme";

const TICK_HEIGHT = 36;

/** Draws the power of a machine over a session, the phases shaded. */
export class SessionChart extends Component {
    static template = "fusion_session_detector.SessionChart";
    static props = {
        series: Object,
        seconds: Object,
        frame: Object,
        isStretched: { type: Boolean, optional: true },
    };
    static defaultProps = { isStretched: false };

    setup() {
        this.canvas = useRef("canvas");
        this.locale = chartLocale();
        this.chart = null;
        useEffect(
            () => this.draw(),
            () => [this.props.series, this.props.frame.start, this.props.frame.end, this.props.isStretched]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    /** What the picture says, for those who do not see it. */
    get description() {
        const { series, seconds } = this.props;
        const { count, peak } = summarise(series);
        return _t("Power over the session: %(count)s values, at most %(peak)s; working %(working)s, standby %(standby)s", {
            count,
            peak: formatPower(peak),
            working: formatDuration(seconds.working),
            standby: formatDuration(seconds.standby),
        });
    }

    /** The chart is kept and given new data: what is under the finger stays under the finger. */
    draw() {
        const { series, isStretched } = this.props;
        this.theme = sessionTheme(this.canvas.el, cookie.get("color_scheme"));
        this.view = { series, isStretched, nameOf: thresholdName };
        const data = { datasets: [this.dataset()] };
        const options = this.options();
        if (this.chart) {
            Object.assign(this.chart, { data, options });
            this.chart.update("none");
            return;
        }
        this.chart = new Chart(this.canvas.el, {
            type: "line",
            data,
            options,
            plugins: [sessionLayers(() => this.view, () => this.theme)],
        });
    }

    /** What a meter says holds until it says something else: steps, and the last one up to the end. */
    dataset() {
        const { series, frame, isStretched } = this.props;
        const points = series.points.map(({ x, y }) => ({ x, y: toAxis(y, isStretched), watts: y }));
        const last = points.at(-1);
        const until = series.states.at(-1)?.to ?? frame.end;
        if (last && until > last.x) {
            points.push({ ...last, x: Math.min(until, frame.end) });
        }
        return {
            data: points,
            parsing: false,
            normalized: true,
            stepped: "before",
            borderColor: this.theme.line,
            borderWidth: 1.5,
            pointRadius: 0,
            pointHitRadius: 12,
        };
    }

    options() {
        const { theme } = this;
        const { series, frame, isStretched } = this.props;
        const font = { size: 12 };
        const top = topOf(
            series.points.map(({ y }) => y),
            series.thresholds.map(({ watts }) => watts)
        );
        return {
            animation: false,
            maintainAspectRatio: false,
            interaction: { mode: "nearest", axis: "x", intersect: false },
            layout: { padding: { top: 4, right: 8 } },
            scales: {
                x: timeAxis(frame, theme, this.locale),
                y: {
                    min: 0,
                    max: toAxis(top, isStretched),
                    afterBuildTicks: (axis) => {
                        const most = Math.max(2, Math.floor(axis.height / TICK_HEIGHT));
                        axis.ticks = powerTicks(top, most, isStretched).map((watts) => ({
                            value: toAxis(watts, isStretched),
                            watts,
                        }));
                    },
                    ticks: {
                        color: theme.muted,
                        font,
                        autoSkip: false,
                        callback: (_value, index, ticks) => formatPower(ticks[index].watts),
                    },
                    grid: { color: theme.grid, tickColor: theme.grid },
                    border: { display: false },
                },
            },
            plugins: {
                legend: { display: false },
                tooltip: {
                    backgroundColor: theme.surface,
                    titleColor: theme.text,
                    bodyColor: theme.text,
                    borderColor: theme.edge,
                    borderWidth: 1,
                    padding: 10,
                    displayColors: false,
                    callbacks: {
                        title: ([item]) => item && this.timeText(item.raw.x),
                        label: (item) => this.pointText(item.raw),
                    },
                },
            },
        };
    }

    timeText(at) {
        return momentText(at, { showSeconds: true });
    }

    pointText({ x, watts }) {
        const state = this.props.series.states.find(({ from, to }) => from <= x && x < to);
        const power = formatPower(watts);
        return state ? `${power} · ${describePhase(state.phase).label}` : power;
    }
}

/**
 * @param {string} name of a setting
 * @param {number} watts
 * @returns {string} as it is called beside its line
 */
export function thresholdName(name, watts) {
    const power = formatPower(watts);
    return {
        standby_threshold_w: _t("Standby from %s", power),
        working_threshold_w: _t("Working from %s", power),
        start_threshold_w: _t("Starts from %s", power),
        stop_threshold_w: _t("Off below %s", power),
        working_stop_threshold_w: _t("Working until below %s", power),
    }[name];
}
