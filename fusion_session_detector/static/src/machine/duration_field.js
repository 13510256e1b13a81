import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { secondsSince } from "@fusion_iot_base/live/age";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { Component } from "@odoo/owl";
import { formatDuration } from "../amounts";
import { runningSeconds } from "./running_seconds";

/** Seconds as one says them: "2 h 05 min". */
export class DurationField extends Component {
    static template = "fusion_session_detector.DurationField";
    static props = { ...standardFieldProps };

    get text() {
        return formatDuration(this.props.record.data[this.props.name] || 0);
    }
}

/** A duration of a session, which grows on the screen while the session runs. */
export class SessionDurationField extends DurationField {
    setup() {
        this.clock = useTicking((now) => this.at(now));
    }

    get text() {
        return this.at(this.clock.now());
    }

    at(now) {
        const { data } = this.props.record;
        const isRunning = data.status === "running" && data.start_time;
        const elapsed = isRunning ? secondsSince(data.start_time.toMillis(), now) : 0;
        return formatDuration(isRunning ? runningSeconds(data, elapsed)[this.props.name] : data[this.props.name] || 0);
    }
}

registry.category("fields").add("fusion_duration", {
    component: DurationField,
    displayName: _t("Duration"),
    supportedTypes: ["float", "integer"],
});

registry.category("fields").add("fusion_session_duration", {
    component: SessionDurationField,
    displayName: _t("Duration of a session"),
    supportedTypes: ["float"],
    fieldDependencies: [
        { name: "status", type: "selection" },
        { name: "current_state", type: "selection" },
        { name: "start_time", type: "datetime" },
        { name: "total_duration_s", type: "float" },
        { name: "working_duration_s", type: "float" },
        { name: "standby_duration_s", type: "float" },
    ],
});

registry.category("formatters").add("fusion_duration", (value) => formatDuration(value || 0));
registry.category("formatters").add("fusion_session_duration", (value) => formatDuration(value || 0));
