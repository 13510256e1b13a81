import { _t } from "@web/core/l10n/translation";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { clockText } from "@fusion_iot_base/time/time_text";
import { Component } from "@odoo/owl";
import { formatDuration } from "../amounts";
import { describePhase } from "../phases";
import { placeSpans, secondsByPhase, upTo } from "../spans";

/** One machine over time: bars for its phases, and how long it worked. */
export class TimelineRow extends Component {
    static template = "fusion_session_detector.TimelineRow";
    static props = {
        machine: Object,
        frame: Object,
        now: Number,
        locale: Object,
        onOpenMachine: Function,
        onOpenSession: Function,
    };

    setup() {
        this.clock = useTicking((now) => Object.values(this.sumsAt(now)).join());
    }

    get bars() {
        return placeSpans(this.props.machine.spans, this.props.frame).map((bar) => ({
            ...bar,
            title: this.titleOf(bar),
        }));
    }

    get nowPlace() {
        const { now, frame } = this.props;
        return now > frame.start && now < frame.end
            ? ((now - frame.start) / (frame.end - frame.start)) * 100
            : null;
    }

    get sums() {
        return this.sumsAt(this.clock.now());
    }

    /** The picture moves by the pixel, the sums go on with those of the session's form. */
    sumsAt(now) {
        const { machine, frame } = this.props;
        const { working, standby } = secondsByPhase(upTo(machine.spans, now), frame);
        return {
            working: working ? formatDuration(working) : "–",
            standby: standby ? formatDuration(standby) : "–",
        };
    }

    titleOf({ phase, from, to, isOpen }) {
        const values = {
            machine: this.props.machine.name,
            phase: describePhase(phase).label,
            from: this.timeText(from),
            to: this.timeText(to),
            length: formatDuration((to - from) / 1000),
        };
        return isOpen
            ? _t("%(machine)s: %(phase)s since %(from)s, %(length)s", values)
            : _t("%(machine)s: %(phase)s from %(from)s to %(to)s, %(length)s", values);
    }

    timeText(at) {
        return clockText(at, { showSeconds: true });
    }
}
