import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { Component } from "@odoo/owl";
import { formatDuration } from "../amounts";
import { SECONDS_FIELDS, sessionSeconds } from "../session_seconds";

/** Which of the durations of a session a field stands for: that of its state is the pause it is in. */
const PARTS = {
    total_duration_s: "total",
    working_duration_s: "working",
    standby_duration_s: "standby",
    current_state: "stopping",
};

/** Seconds as one says them: "2 h 05 min". */
export class DurationField extends Component {
    static template = "fusion_session_detector.DurationField";
    static props = { ...standardFieldProps };

    get text() {
        return formatDuration(this.props.record.data[this.props.name] || 0);
    }
}

/**
 * A duration of a session, which grows on the screen while the session runs. On `current_state` it is how long the
 * session has been stopping.
 */
export class SessionDurationField extends DurationField {
    setup() {
        this.clock = useTicking((now) => this.at(now));
    }

    get text() {
        return this.at(this.clock.now());
    }

    at(now) {
        return formatDuration(sessionSeconds(this.props.record.data, now)[PARTS[this.props.name]]);
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
    supportedTypes: ["float", "selection"],
    fieldDependencies: SECONDS_FIELDS,
});

registry.category("formatters").add("fusion_duration", (value) => formatDuration(value || 0));
registry.category("formatters").add("fusion_session_duration", (value) => formatDuration(value || 0));
