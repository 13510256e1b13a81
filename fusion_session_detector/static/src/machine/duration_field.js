import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";
import { formatDuration } from "../amounts";

/** Seconds as one says them: "2 h 05 min". */
export class DurationField extends Component {
    static template = "fusion_session_detector.DurationField";
    static props = { ...standardFieldProps };

    get text() {
        return formatDuration(this.props.record.data[this.props.name] || 0);
    }
}

registry.category("fields").add("fusion_duration", {
    component: DurationField,
    displayName: _t("Duration"),
    supportedTypes: ["float", "integer"],
});

registry.category("formatters").add("fusion_duration", (value) => formatDuration(value || 0));
