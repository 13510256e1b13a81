import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { chartLocale } from "@fusion_iot_base/chart/chart_locale";
import { timeTicks } from "@fusion_iot_base/chart/time_ticks";
import { clockText, spanText } from "@fusion_iot_base/time/time_text";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { useLiveRefresh } from "@fusion_iot_base/live/live_service";
import { Component, onWillStart, useState } from "@odoo/owl";
import { describePhase, PHASES_ON } from "../phases";
import { readSpans } from "../spans";
import { TimelineRow } from "./timeline_row";
import { dateOf, dayView, frameOf, hoursView, isLive, SPANS, stepView, TODAY } from "./timeline_view";

const { DateTime } = luxon;
const LIVE_INTERVAL = 2000;
/** Ten seconds are a pixel or two at most: the picture need not move more often. */
const STEP = 10_000;
/** A time of day with AM or PM needs as much room. */
const MOST_TICKS = 9;

/** The machines of the workshop over a day or some hours: what each did when. What is live goes on by itself. */
export class SessionTimeline extends Component {
    static template = "fusion_session_detector.SessionTimeline";
    static components = { Layout, TimelineRow };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.locale = chartLocale();
        this.phases = PHASES_ON;
        this.spans = Object.keys(SPANS).map(Number).sort((left, right) => right - left);
        this.clock = useTicking((now) => Math.floor(now / STEP));
        this.state = useState({
            view: this.props.state?.view || TODAY,
            machines: null,
            onlyUsed: this.props.state?.onlyUsed || false,
            isLoading: false,
        });
        onWillStart(() => this.load(this.orm));
        useLiveRefresh(() => this.refresh(), { kinds: ["session"], minInterval: () => LIVE_INTERVAL });
        useSetupAction({
            getLocalState: () => ({ view: { ...this.state.view }, onlyUsed: this.state.onlyUsed }),
        });
    }

    async load(orm) {
        const { start, end } = this.frame;
        const answer = await this.keepLast.add(
            orm.call("iot.device", "session_timeline", [toIso(start), toIso(end)])
        );
        Object.assign(this.state, { machines: answer.machines, isLoading: false });
    }

    /** What is over does not change under the reader's eyes. */
    async refresh() {
        if (this.state.isLoading || !this.isLive) {
            return false;
        }
        await this.load(this.orm.silent);
    }

    get date() {
        return dateOf(this.isLive ? this.now : this.frame.start, this.locale);
    }

    get today() {
        return dateOf(this.now, this.locale);
    }

    get frame() {
        return frameOf(this.state.view, this.now, this.locale);
    }

    get now() {
        return this.clock.now();
    }

    get isLive() {
        return isLive(this.state.view);
    }

    get isDay() {
        return this.state.view.hours === 24;
    }

    get machines() {
        const machines = this.state.machines.map(({ id, name, segments }) => ({
            id,
            name,
            spans: readSpans(segments, this.now),
        }));
        return this.state.onlyUsed ? machines.filter(({ spans }) => spans.length) : machines;
    }

    get ticks() {
        const { start, end } = this.frame;
        return timeTicks({ start, end }, MOST_TICKS, this.locale)
            .filter(({ value }) => value < end)
            .map(({ value, text, isDay }) => ({
                left: ((value - start) / (end - start)) * 100,
                text: isDay && this.isDay ? clockText(value) : text,
            }));
    }

    /** The lines of the scale behind the bars: one background for all rows. */
    get gridStyle() {
        const stops = this.ticks.map(
            ({ left }) => `transparent ${left}%, var(--fusion-grid-color) ${left}% calc(${left}% + 1px), transparent calc(${left}% + 1px)`
        );
        return `--fusion-grid: linear-gradient(to right, ${stops.join(", ")})`;
    }

    get spanText() {
        const { start, end } = this.frame;
        return this.isDay
            ? DateTime.fromMillis(start, this.locale).toLocaleString(DateTime.DATE_HUGE)
            : spanText(start, end);
    }

    async choose(view) {
        Object.assign(this.state, { view, isLoading: true });
        await this.load(this.orm);
    }

    onStep(direction) {
        return this.choose(stepView(this.state.view, direction, this.now, this.locale));
    }

    onNow() {
        return this.choose({ ...TODAY, hours: this.state.view.hours });
    }

    onHours(hours) {
        return this.choose(hoursView(this.state.view, hours, this.now, this.locale));
    }

    /** While a date is being typed it is empty now and then. */
    onDate({ target: { value } }) {
        return value ? this.choose(dayView(value, this.now, this.locale)) : undefined;
    }

    onToggleUsed() {
        this.state.onlyUsed = !this.state.onlyUsed;
    }

    onOpenMachine(id) {
        return this.openForm("iot.device", id);
    }

    onOpenSession(id) {
        return this.openForm("mqtt.session", id);
    }

    openForm(resModel, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    openMachines() {
        return this.action.doAction("fusion_session_detector.session_machine_action");
    }

    hasSpans(machines) {
        return machines.some(({ spans }) => spans.length);
    }

    hoursText(hours) {
        return hours === 24 ? _t("Day") : _t("%s h", hours);
    }

    phaseInfo(phase) {
        return describePhase(phase);
    }
}

function toIso(ms) {
    return new Date(ms).toISOString();
}

registry.category("actions").add("fusion_session_timeline", SessionTimeline);
