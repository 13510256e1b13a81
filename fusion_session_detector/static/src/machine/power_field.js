import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, useState } from "@odoo/owl";
import { formatPower } from "../amounts";

/**
 * A power in W or kW, and what is heard instead of what was stored: of a device with the option `live`; of a running
 * session with the option `device_field`.
 *
 * `<field name="current_power_w" widget="fusion_power" options="{'device_field': 'device_id'}"/>`
 */
export class PowerField extends Component {
    static template = "fusion_session_detector.PowerField";
    static props = {
        ...standardFieldProps,
        deviceField: { type: String, optional: true },
        isLive: { type: Boolean, optional: true },
    };

    setup() {
        this.latest = useState(useService("fusion_machines").latest);
    }

    get deviceId() {
        const { data, resId } = this.props.record;
        const { deviceField, isLive } = this.props;
        if (deviceField) {
            return data.status === "running" && data[deviceField]?.id;
        }
        return isLive && resId;
    }

    get text() {
        const heard = this.latest[this.deviceId];
        return formatPower(heard ? heard.power_w : this.props.record.data[this.props.name]);
    }
}

registry.category("fields").add("fusion_power", {
    component: PowerField,
    displayName: _t("Power"),
    supportedTypes: ["float"],
    supportedOptions: [
        {
            label: _t("Device field"),
            name: "device_field",
            type: "field",
            availableTypes: ["many2one"],
            help: _t("Shows what this machine draws now, while the session runs."),
        },
        { label: _t("Live"), name: "live", type: "boolean", help: _t("The record is the machine itself.") },
    ],
    fieldDependencies: ({ options }) =>
        options.device_field
            ? [
                  { name: options.device_field, type: "many2one" },
                  { name: "status", type: "selection" },
              ]
            : [],
    extractProps: ({ options }) => ({ deviceField: options.device_field, isLive: options.live }),
});

registry.category("formatters").add("fusion_power", (value) => formatPower(value));
