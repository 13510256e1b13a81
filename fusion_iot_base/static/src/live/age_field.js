import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";
import { isStale, secondsSince } from "./age";
import { formatAge } from "./age_format";
import { useTicking } from "./clock_service";

/**
 * How old a moment is, ticking: "12 s", "3 min". Too old is struck through, grey, and marked
 * with an icon, so that nobody takes an old value for a live one.
 */
export class AgeField extends Component {
    static template = "fusion_iot_base.AgeField";
    static props = {
        ...standardFieldProps,
        staleAfter: { type: String, optional: true },
        staleFactor: { type: Number, optional: true },
    };
    static defaultProps = { staleFactor: 1 };

    setup() {
        this.clock = useTicking((now) => this.describe(now).signature);
    }

    get at() {
        return this.props.record.data[this.props.name];
    }

    get shown() {
        return this.describe(this.clock.now());
    }

    describe(now) {
        if (!this.at) {
            return { text: "", title: "", stale: false, signature: "" };
        }
        const seconds = secondsSince(this.at.toMillis(), now);
        const limit = this.props.staleAfter
            ? this.props.record.data[this.props.staleAfter] * this.props.staleFactor
            : 0;
        const stale = isStale(seconds, limit);
        const text = formatAge(seconds);
        const local = formatDateTime(this.at, { showSeconds: true });
        return {
            text,
            stale,
            title: stale ? _t("%s: too old to be trusted", local) : local,
            signature: `${text}|${stale}`,
        };
    }
}

export const ageField = {
    component: AgeField,
    displayName: _t("Age"),
    supportedTypes: ["datetime"],
    supportedOptions: [
        {
            label: _t("Stale after (field in seconds)"),
            name: "stale_after",
            type: "field",
            availableTypes: ["integer", "float"],
        },
        {
            label: _t("Stale factor"),
            name: "stale_factor",
            type: "number",
            help: _t("The value is stale after this many times the field in seconds."),
        },
    ],
    fieldDependencies: ({ options }) =>
        options.stale_after ? [{ name: options.stale_after, type: "integer" }] : [],
    extractProps: ({ options }) => ({
        staleAfter: options.stale_after,
        staleFactor: options.stale_factor || 1,
    }),
    listViewWidth: [70, 110],
    isEmpty: (record, fieldName) => !record.data[fieldName],
};

registry.category("fields").add("fusion_age", ageField);
