import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { ChartTable, MAX_ROWS } from "@fusion_iot_base/chart/chart_table";
import { LiveChartWidget } from "@fusion_iot_base/chart/live_chart_widget";
import { momentText, spanText } from "@fusion_iot_base/time/time_text";
import { formatReading } from "@fusion_plating/reading_format";
import { TankValue } from "../tank_kanban/tank_value";
import { describeRange, TrendChart } from "./trend_chart";
import { RANGES, rangeLength, refreshInterval, spanAround, stepSpan, summarise, tableRows } from "./trend_math";
import { readSensors, trendSubject, worstSensor } from "./trend_source";

const DEFAULT_RANGE = "24h";

/**
 * The trend of the sensors of a tank, of one sensor, or around a quality hold.
 *
 * `<widget name="fp_trend"/>`
 */
export class TrendWidget extends LiveChartWidget {
    static template = "fusion_plating_iot.TrendWidget";
    static components = { ChartTable, TankValue, TrendChart };

    setup() {
        super.setup();
        this.ranges = RANGES;
        Object.assign(this.state, {
            sensors: [],
            sensorId: null,
            range: DEFAULT_RANGE,
            isLive: true,
            span: null,
            note: false,
            isLoading: false,
        });
    }

    get live() {
        return {
            kinds: ["reading", "hold", "alert"],
            minInterval: () => (this.state.span ? refreshInterval(this.state.span) : 0),
        };
    }

    isAnother({ resId, resModel }) {
        return resId !== this.resId || resModel !== this.resModel;
    }

    async open({ resModel, resId }) {
        Object.assign(this, { resModel, resId, domain: null });
        Object.assign(this.state, { sensors: [], sensorId: null, series: null, note: false });
        if (!resId) {
            return;
        }
        const { domain, span } = await trendSubject(this.orm, resModel, resId, this.clock.now());
        if (this.resId !== resId || this.resModel !== resModel) {
            return;
        }
        this.domain = domain;
        this.state.isLive = !span;
        this.state.range = span ? null : DEFAULT_RANGE;
        this.state.span = span || this.liveSpan(rangeLength(DEFAULT_RANGE));
        await this.load(this.orm);
    }

    liveSpan(length) {
        const end = this.clock.now();
        return { start: end - length, end };
    }

    /** Fetches what is chosen. */
    async load(orm) {
        if (!this.domain) {
            return;
        }
        const { span, isLive } = this.state;
        const request = isLive ? this.liveSpan(span.end - span.start) : span;
        const answer = await this.keepLast.add(this.fetch(orm, this.state.sensorId, request, isLive));
        Object.assign(this.state, answer, { isLoading: false });
    }

    async fetch(orm, sensorId, span, isLive) {
        if (sensorId !== null) {
            const [sensors, trend] = await Promise.all([
                readSensors(orm, this.domain),
                this.fetchTrend(orm, sensorId, span, isLive),
            ]);
            return { sensors, ...trend };
        }
        const sensors = await readSensors(orm, this.domain);
        const worst = worstSensor(sensors);
        const trend = worst === null ? {} : await this.fetchTrend(orm, worst, span, isLive);
        return { sensors, sensorId: worst, ...trend };
    }

    async fetchTrend(orm, sensorId, span, isLive) {
        const askedAt = Date.now();
        const trend = await orm.call("fp.tank.sensor", "get_trend", [
            [sensorId],
            iso(span.start),
            // The server's own "now" ends a live trend: a reading must not wait for a slow tablet clock.
            isLive ? null : iso(span.end),
        ]);
        this.clock.follow(trend.now, askedAt);
        return {
            series: { ...trend.sensors[0], until: Math.min(trend.end, trend.now) },
            span: { start: trend.start, end: trend.end },
            note: trend.note,
        };
    }

    async refresh() {
        if (!this.domain || this.state.isLoading) {
            return false;
        }
        await this.load(this.orm.silent);
    }

    choose(changes) {
        Object.assign(this.state, changes, { isLoading: true });
        return this.load(this.orm);
    }

    onSensor(sensorId) {
        return this.choose({ sensorId });
    }

    onRange(range) {
        return this.choose({ range, isLive: true, span: this.liveSpan(rangeLength(range)) });
    }

    onStep(direction) {
        const { isLive, ...span } = stepSpan(this.state.span, direction, this.clock.now());
        return this.choose({ span, isLive });
    }

    onShowLast() {
        const { span, series } = this.state;
        const now = this.clock.now();
        return this.choose({
            isLive: false,
            span: spanAround(series.last_at, span.end - span.start, now),
        });
    }

    get sensor() {
        return this.state.sensors.find((sensor) => sensor.sensor_id === this.state.sensorId);
    }

    get hasPoints() {
        return Boolean(this.state.series?.points.length);
    }

    get facts() {
        return summarise(this.state.series);
    }

    get columns() {
        return [
            { label: _t("Time") },
            { label: this.state.series.unit || _t("Value"), isNumber: true },
            { label: _t("State") },
            { label: _t("Specification then") },
        ];
    }

    get rows() {
        return tableRows(this.state.series, MAX_ROWS).map((row) => ({
            className: `o_fp_row_${row.state}`,
            cells: [
                { text: this.timeText(row.at) },
                { text: this.valueText(row) },
                { text: this.stateText(row.state) },
                { text: this.rangeText(row.limits), isMuted: true },
            ],
        }));
    }

    get rowsNotes() {
        const notes = [];
        if (this.state.series.aggregated) {
            notes.push(_t("Lowest and highest value of each part of the span."));
        }
        if (this.state.series.points.length > MAX_ROWS) {
            notes.push(_t("The newest %s are listed.", MAX_ROWS));
        }
        return notes.join(" ");
    }

    get spanText() {
        return spanText(this.state.span.start, this.state.span.end);
    }

    get lastText() {
        return momentText(this.state.series.last_at);
    }

    /** The limits at the end of the span, for the legend. */
    get limitsTexts() {
        const { series } = this.state;
        const step = series.limits.at(-1);
        return {
            spec: step ? describeRange(_t("Specification"), step.spec_min, step.spec_max, series) : "",
            action: step ? describeRange(_t("Action"), step.action_min, step.action_max, series) : "",
        };
    }

    rangeLabel(key) {
        return {
            "1h": _t("1 h"),
            "8h": _t("8 h"),
            "24h": _t("24 h"),
            "7d": _t("7 d"),
            "30d": _t("30 d"),
        }[key];
    }

    stateText(state) {
        return {
            ok: _t("In spec"),
            unjudged: _t("Not judged"),
            action: _t("Adjust"),
            out: _t("Out of spec"),
            suspect: _t("Suspect"),
            bad: _t("Sensor fault"),
        }[state];
    }

    rangeText(limits) {
        const { unit, quantity } = this.state.series;
        return limits
            ? describeRange("", limits.spec_min, limits.spec_max, { unit, quantity }).trim() || "–"
            : "–";
    }

    valueText({ value, limits }) {
        const { quantity } = this.state.series;
        return value === null
            ? "–"
            : formatReading(value, quantity, limits && [limits.spec_min, limits.spec_max]);
    }
}

function iso(ms) {
    return new Date(ms).toISOString();
}

registry.category("view_widgets").add("fp_trend", { component: TrendWidget });
