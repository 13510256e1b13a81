import { _t } from "@web/core/l10n/translation";
import { alertMark } from "@fusion_iot/alert/alert_marks";
import { LiveChart } from "@fusion_iot_base/chart/live_chart";
import { formatDuration, formatPower } from "../amounts";
import { describePhase } from "../phases";
import { powerTicks, toAxis, topOf } from "./power_scale";
import { drawPhases, drawThresholds } from "./session_layers";
import { summarise } from "./session_series";
import { SESSION_COLORS } from "./session_theme";

const TICK_HEIGHT = 36;

/** Draws the power of a machine over a session, the phases shaded. */
export class SessionChart extends LiveChart {
    static template = "fusion_session_detector.SessionChart";
    static colors = SESSION_COLORS;
    static props = {
        series: Object,
        seconds: Object,
        frame: Object,
        isStretched: { type: Boolean, optional: true },
    };
    static defaultProps = { isStretched: false };

    /** The seconds run on without a new picture. */
    get shown() {
        const { series, frame, isStretched } = this.props;
        return [series, frame.start, frame.end, isStretched];
    }

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

    picture(theme) {
        const { series, frame, isStretched } = this.props;
        return {
            span: frame,
            padding: { top: 4, right: 8 },
            datasets: [this.dataset(theme)],
            valueAxis: this.powerAxis(),
            tooltip: { callbacks: { label: (item) => this.pointText(item.raw) } },
            drawBelow: (chart) => drawPhases(chart, series, theme),
            drawAbove: (chart) => drawThresholds(chart, series, { isStretched, nameOf: thresholdName }, theme),
            marks: series.alerts.marks.map(alertMark),
        };
    }

    /** What a meter says holds until it says something else: steps, and the last one up to the end. */
    dataset(theme) {
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
            borderColor: theme.line,
            borderWidth: 1.5,
            pointRadius: 0,
            pointHitRadius: 12,
        };
    }

    powerAxis() {
        const { series, isStretched } = this.props;
        const top = topOf(
            series.points.map(({ y }) => y),
            series.thresholds.map(({ watts }) => watts)
        );
        return {
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
                autoSkip: false,
                callback: (_value, index, ticks) => formatPower(ticks[index].watts),
            },
        };
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
