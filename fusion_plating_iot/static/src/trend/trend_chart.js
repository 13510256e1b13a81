import { _t } from "@web/core/l10n/translation";
import { LiveChart } from "@fusion_iot_base/chart/live_chart";
import { formatFloat } from "@web/views/fields/formatters";
import { alertMark } from "@fusion_iot/alert/alert_marks";
import { formatReading } from "@fusion_plating/reading_format";
import { drawLimits } from "./trend_layers";
import { limitsAt, linePoints, markPoints, summarise, valueScale, worse } from "./trend_math";
import { TREND_COLORS } from "./trend_theme";

/** Up to here every reading gets a dot: seldom readings, such as titrations, are points, not a line. */
const MAX_DOTTED = 80;
const MIN_DOT_DISTANCE = 7;

/** Draws one sensor's readings over a span. */
export class TrendChart extends LiveChart {
    static template = "fusion_plating_iot.TrendChart";
    static colors = TREND_COLORS;
    static props = {
        series: Object,
        span: Object,
        /** The record of the form that the chart is on: `{ resModel, resId }`. */
        shownOn: Object,
    };

    get shown() {
        const { series, span } = this.props;
        return [series, span.start, span.end];
    }

    get description() {
        const { series } = this.props;
        const facts = summarise(series);
        if (!facts.count) {
            return _t("%s: no readings in this span", series.name);
        }
        return _t(
            "%(name)s: %(count)s readings between %(low)s and %(high)s %(unit)s, %(out)s out of spec, %(gaps)s gaps, %(holds)s holds, %(alerts)s alerts",
            {
                ...facts,
                name: series.name,
                unit: series.unit,
                low: facts.low === null ? "–" : this.format(facts.low),
                high: facts.high === null ? "–" : this.format(facts.high),
            }
        );
    }

    format(value) {
        return formatReading(value, this.props.series.quantity);
    }

    picture(theme) {
        const { series, span } = this.props;
        const scale = valueScale(series);
        return {
            span,
            padding: { top: 2, right: 12 },
            datasets: this.datasets(series, span, scale, theme),
            valueAxis: this.valueAxis(series, scale),
            tooltip: this.tooltip(series),
            drawBelow: (chart) => drawLimits(chart, series, { scale, gapLabel: _t("No readings") }, theme),
            marks: [...series.holds.map((hold) => this.holdMark(hold)), ...series.alerts.marks.map(alertMark)],
            until: series.until,
        };
    }

    /** @returns {import("@fusion_iot_base/chart/chart_marks").Mark} */
    holdMark(hold) {
        return {
            key: `hold-${hold.id}`,
            model: "fusion.plating.quality.hold",
            id: hold.id,
            start: hold.start,
            end: hold.end,
            level: hold.end === null ? "danger" : "",
            icon: "fa-hand-paper-o",
            name: hold.name,
            title: this.holdTitle(hold),
        };
    }

    /** What the form shows anyway is not opened once more. */
    openMarks(marks) {
        const { resModel, resId } = this.props.shownOn;
        const others = marks.filter(({ model, id }) => model !== resModel || id !== resId);
        return others.length ? super.openMarks(others) : undefined;
    }

    datasets(series, span, scale, theme) {
        const line = linePoints(series);
        const dots = this.areDotsReadable(line, span);
        const width = series.aggregated ? 1.25 : 1.75;
        const color = { unjudged: theme.line, ok: theme.line, action: theme.warning, out: theme.danger };
        const stateOf = ({ raw }) => raw?.state;
        const common = {
            parsing: false,
            normalized: true,
            spanGaps: false,
            borderWidth: width,
            borderColor: theme.line,
            borderJoinStyle: "round",
            pointHitRadius: 12,
            segment: {
                borderColor: ({ p0, p1 }) => color[worse(p0.raw.state, p1.raw.state)],
                borderWidth: ({ p0, p1 }) =>
                    ["action", "out"].includes(worse(p0.raw.state, p1.raw.state)) ? 2.75 : width,
            },
            pointStyle: (context) => (stateOf(context) === "out" ? "rectRot" : "circle"),
            pointRadius: (context) => this.dotRadius(line, context, dots, series.aggregated),
            pointBackgroundColor: (context) => color[stateOf(context)] || theme.line,
            pointBorderWidth: 0,
        };
        const datasets = series.aggregated
            ? [
                  { ...common, role: "high", data: line.map((p) => ({ ...p, y: p.high })) },
                  {
                      ...common,
                      role: "low",
                      data: line.map((p) => ({ ...p, y: p.low })),
                      fill: "-1",
                      backgroundColor: theme.envelope,
                  },
              ]
            : [{ ...common, role: "value", data: line }];
        return [
            ...datasets,
            this.marks(series, "suspect", scale, { pointStyle: "triangle", pointBorderColor: theme.suspect }),
            this.marks(series, "bad", scale, { pointStyle: "crossRot", pointBorderColor: theme.bad }),
        ];
    }

    areDotsReadable(line, span) {
        if (!line.length || line.length > MAX_DOTTED) {
            return false;
        }
        const share = (line.at(-1).x - line[0].x) / (span.end - span.start);
        return line.length < 3 || (share * this.canvas.el.clientWidth) / line.length > MIN_DOT_DISTANCE;
    }

    dotRadius(line, { dataIndex: index }, dots, aggregated) {
        const point = line[index];
        if (!point || point.y === null) {
            return 0;
        }
        if (dots) {
            return point.state === "out" ? 4.5 : 3;
        }
        const isAlone = (line[index - 1]?.y ?? null) === null && (line[index + 1]?.y ?? null) === null;
        return isAlone && !aggregated ? 2.5 : isAlone ? 2 : 0;
    }

    marks(series, quality, scale, style) {
        return {
            role: quality,
            parsing: false,
            normalized: true,
            showLine: false,
            data: markPoints(series.points, quality, scale),
            pointRadius: 6,
            pointHoverRadius: 7,
            pointBorderWidth: 2,
            pointBackgroundColor: "transparent",
            ...style,
        };
    }

    valueAxis({ unit }, { min, max }) {
        return {
            min,
            max,
            title: { display: Boolean(unit), text: unit },
            ticks: {
                maxTicksLimit: 8,
                includeBounds: false,
                callback: (value) => formatFloat(value, { digits: [16, 3], trailingZeros: false }),
            },
        };
    }

    tooltip(series) {
        return {
            filter: (item) => item.dataset.role !== "low",
            callbacks: {
                label: (item) => this.pointText(series, item.dataset.role, item.raw),
                footer: ([item]) => item && this.limitText(series, item.raw.x),
            },
        };
    }

    pointText(series, role, point) {
        const unit = series.unit;
        const value = point.value ?? point.y;
        if (role === "suspect") {
            return _t("Suspect: %(value)s %(unit)s", { value: this.format(value), unit });
        }
        if (role === "bad") {
            return point.value === null
                ? _t("Sensor fault")
                : _t("Sensor fault: %(value)s %(unit)s", { value: this.format(value), unit });
        }
        const state = { ok: "", unjudged: _t("not judged"), action: _t("adjust"), out: _t("out of spec") }[point.state];
        const limits = limitsAt(series.limits, point.x);
        const format = (bound) =>
            formatReading(bound, series.quantity, limits && [limits.spec_min, limits.spec_max]);
        const range =
            point.low === point.high
                ? format(point.low)
                : _t("%(low)s to %(high)s", { low: format(point.low), high: format(point.high) });
        const text = `${range} ${unit}`;
        return state ? `${text} (${state})` : text;
    }

    limitText(series, at) {
        const limits = limitsAt(series.limits, at);
        return limits ? describeRange(_t("Specification"), limits.spec_min, limits.spec_max, series) : "";
    }

    holdTitle(hold) {
        const worst =
            typeof hold.worst_value === "number"
                ? `${this.format(hold.worst_value)} ${this.props.series.unit}`
                : "–";
        return hold.end === null
            ? _t("%(name)s, on hold since %(start)s, worst value %(worst)s", {
                  name: hold.name,
                  start: this.timeText(hold.start),
                  worst,
              })
            : _t("%(name)s, %(start)s to %(end)s, worst value %(worst)s", {
                  name: hold.name,
                  start: this.timeText(hold.start),
                  end: this.timeText(hold.end),
                  worst,
              });
    }
}

/**
 * A pair of limits as text: "Specification 85.0 – 91.0 °C".
 *
 * @param {string} name
 * @param {number | null} low
 * @param {number | null} high
 * @param {{unit: string, quantity: string}} series
 * @returns {string} empty when both sides are open
 */
export function describeRange(name, low, high, { unit, quantity }) {
    const isLow = typeof low === "number";
    const isHigh = typeof high === "number";
    const text = (value) => formatReading(value, quantity);
    if (isLow && isHigh) {
        return `${name} ${text(low)} – ${text(high)} ${unit}`;
    }
    if (isLow) {
        return `${name} ≥ ${text(low)} ${unit}`;
    }
    return isHigh ? `${name} ≤ ${text(high)} ${unit}` : "";
}
