import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { ChartTable, MAX_ROWS } from "@fusion_iot_base/chart/chart_table";
import { LiveChartWidget } from "@fusion_iot_base/chart/live_chart_widget";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { formatDuration } from "../amounts";
import { useHeard } from "../machine/machines_service";
import { describePhase, PHASES_ON } from "../phases";
import { SECONDS_FIELDS, sessionSeconds } from "../session_seconds";
import { upTo } from "../spans";
import { SessionChart } from "./session_chart";
import { frameOf, goingOn, readSeries, withHeard } from "./session_series";

const LIVE_INTERVAL = 5000;

/**
 * The power of a session over its time, on the session's form.
 *
 * `<widget name="fusion_session_chart"/>`
 */
export class SessionChartWidget extends LiveChartWidget {
    static template = "fusion_session_detector.SessionChartWidget";
    static components = { ChartTable, SessionChart };

    setup() {
        super.setup();
        useTicking((now) => this.legendAt(now));
        this.phases = PHASES_ON;
        Object.assign(this.state, { frame: null, isStretched: false });
        useHeard((deviceId, heard) => this.onHeard(deviceId, heard));
    }

    get live() {
        return { kinds: ["session", "alert"], minInterval: () => LIVE_INTERVAL };
    }

    isAnother({ resId, data }) {
        return resId !== this.resId || data.status !== this.status;
    }

    async open({ resId, data }) {
        if (resId !== this.resId) {
            Object.assign(this.state, { series: null, frame: null });
        }
        Object.assign(this, { resId, status: data.status, heard: [] });
        await this.load(this.orm);
    }

    get isRunning() {
        return this.props.record.data.status === "running";
    }

    async load(orm) {
        if (!this.resId) {
            return;
        }
        const answer = await this.keepLast.add(orm.call("mqtt.session", "session_chart", [this.resId]));
        this.series = readSeries(answer, this.clock.now());
        this.heard = this.heard.filter(({ x }) => x > (this.series.points.at(-1)?.x ?? -Infinity));
        this.show();
    }

    /** Only what runs changes. */
    async refresh() {
        if (!this.isRunning) {
            return false;
        }
        await this.load(this.orm.silent);
    }

    onHeard(deviceId, { at, power_w }) {
        if (this.isRunning && deviceId === this.props.record.data.device_id?.id) {
            this.heard.push({ x: at, y: power_w });
            this.show();
        }
    }

    show() {
        if (!this.series) {
            return;
        }
        const known = withHeard(this.series, this.heard);
        const series = this.isRunning ? goingOn(known, this.clock.now()) : known;
        Object.assign(this.state, { series, frame: frameOf(series) });
    }

    onToggleScale() {
        this.state.isStretched = !this.state.isStretched;
    }

    /** As they are all over the form, and not the sum of what is drawn. */
    get seconds() {
        return sessionSeconds(this.props.record.data, this.clock.now());
    }

    /** What the passing of time changes. */
    legendAt(now) {
        const seconds = sessionSeconds(this.props.record.data, now);
        return this.phases.map((phase) => formatDuration(seconds[phase])).join();
    }

    get columns() {
        return [
            { label: _t("Phase") },
            { label: _t("From") },
            { label: _t("To") },
            { label: _t("Length"), isNumber: true },
        ];
    }

    get rows() {
        return upTo(this.state.series.states, this.clock.now()).slice(-MAX_ROWS).map(({ from, to, phase, isOpen }) => {
            const { label, icon } = describePhase(phase);
            const end = isOpen ? { text: _t("now"), isMuted: true } : { text: this.timeText(to) };
            const length = formatDuration((to - from) / 1000);
            return { cells: [{ text: label, icon }, { text: this.timeText(from) }, end, { text: length }] };
        });
    }

    get rowsNote() {
        return this.state.series.states.length > MAX_ROWS ? _t("Only the latest phases are listed.") : "";
    }

    phaseInfo(phase) {
        return describePhase(phase);
    }

    durationText(seconds) {
        return formatDuration(seconds);
    }
}

registry.category("view_widgets").add("fusion_session_chart", {
    component: SessionChartWidget,
    fieldDependencies: [...SECONDS_FIELDS, { name: "device_id", type: "many2one" }],
});
