import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";
import { TankValue } from "./tank_value";

/** The latest values of a tank, one block per sensor. */
export class TankValuesField extends Component {
    static template = "fusion_plating_iot.TankValuesField";
    static components = { TankValue };
    static props = { ...standardFieldProps };

    get readings() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("fp_tank_values", {
    component: TankValuesField,
    displayName: _t("Latest values of a tank"),
    supportedTypes: ["json"],
});
