import { loadBundle } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { useLiveRefresh } from "@fusion_iot_base/live/live_service";
import { momentText } from "@fusion_iot_base/time/time_text";
import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { formatDuration } from "../amounts";
import { useHeard } from "../machine/machines_service";
import { describePhase, PHASES_ON } from "../phases";
import { SECONDS_FIELDS, sessionSeconds } from "../session_seconds";
import { upTo } from "../spans";
import { SessionChart } from "./session_chart";
import { frameOf, goingOn, readSeries, withHeard } from "./session_series";

const LIVE_INTERVAL = 5000;
/** A row for each phase: more than anybody reads, less than what a browser minds. */
const MAX_ROWS = 300;

/**
 * The power of a session over its time, on the session's form.
 *
 * `<widget name="fusion_session_chart"/>`
 */
export class SessionChartWidget extends Component {
    static template = "fusion_session_detector.SessionChartWidget";
    static components = { SessionChart };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.clock = useTicking((now) => this.legendAt(now));
        this.keepLast = new KeepLast();
        this.phases = PHASES_ON;
        this.state = useState({ series: null, frame: null, isStretched: false, showTable: false });
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.open(this.props.record)]));
        onWillUpdateProps(({ record }) => {
            const { status } = record.data;
            if (record.resId !== this.resId || status !== this.status) {
                return this.open(record);
            }
        });
        useLiveRefresh(() => this.refresh(), { kinds: ["session"], minInterval: () => LIVE_INTERVAL });
        useHeard((deviceId, heard) => this.onHeard(deviceId, heard));
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

    onToggleTable() {
        this.state.showTable = !this.state.showTable;
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

    get rows() {
        return upTo(this.state.series.states, this.clock.now()).slice(-MAX_ROWS).map(({ from, to, phase, isOpen }) => ({
            phase,
            from: this.timeText(from),
            to: isOpen ? "" : this.timeText(to),
            length: formatDuration((to - from) / 1000),
        }));
    }

    get isCut() {
        return this.state.series.states.length > MAX_ROWS;
    }

    phaseInfo(phase) {
        return describePhase(phase);
    }

    durationText(seconds) {
        return formatDuration(seconds);
    }

    timeText(at) {
        return momentText(at, { showSeconds: true });
    }
}

registry.category("view_widgets").add("fusion_session_chart", {
    component: SessionChartWidget,
    fieldDependencies: [...SECONDS_FIELDS, { name: "device_id", type: "many2one" }],
});
