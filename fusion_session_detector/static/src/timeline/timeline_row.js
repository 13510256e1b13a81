import { _t } from "@web/core/l10n/translation";
import { clockText } from "@fusion_iot_base/time/time_text";
import { Component } from "@odoo/owl";
import { formatDuration } from "../amounts";
import { describePhase } from "../phases";
import { placeSpans, secondsByPhase } from "../spans";

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

    get seconds() {
        return secondsByPhase(this.props.machine.spans, this.props.frame);
    }

    get working() {
        return this.seconds.working ? formatDuration(this.seconds.working) : "–";
    }

    get standby() {
        return this.seconds.standby ? formatDuration(this.seconds.standby) : "–";
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
