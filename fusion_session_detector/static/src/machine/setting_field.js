import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { FloatField, floatField } from "@web/views/fields/float/float_field";
import { formatFloat } from "@web/views/fields/formatters";

/**
 * A setting of the sessions for which 0 stands for something, and what that is while it is 0: "off", or the value that
 * holds instead.
 *
 * `<field name="stop_threshold_w" widget="fusion_setting" options="{'zero_field': 'standby_threshold_w', 'unit': 'W'}"/>`
 */
export class SettingField extends FloatField {
    static template = "fusion_session_detector.SettingField";
    static props = {
        ...FloatField.props,
        zeroField: { type: String, optional: true },
        unit: { type: String, optional: true },
    };

    get hint() {
        if (this.value) {
            return "";
        }
        const { record, zeroField, unit } = this.props;
        if (!zeroField) {
            return _t("0: off");
        }
        const effective = formatFloat(record.data[zeroField] || 0, { digits: [16, 2], trailingZeros: false });
        return _t("0: %(value)s %(unit)s", { value: effective, unit });
    }

    get title() {
        const { record, zeroField } = this.props;
        return zeroField ? _t("As “%s”", record.fields[zeroField].string) : "";
    }
}

registry.category("fields").add("fusion_setting", {
    ...floatField,
    component: SettingField,
    supportedOptions: [
        ...floatField.supportedOptions,
        {
            label: _t("Field that holds for 0"),
            name: "zero_field",
            type: "field",
            availableTypes: ["float"],
            help: _t("Without one, 0 switches the setting off."),
        },
        { label: _t("Unit"), name: "unit", type: "string" },
    ],
    fieldDependencies: ({ options }) => (options.zero_field ? [{ name: options.zero_field, type: "float" }] : []),
    extractProps: (info, dynamicInfo) => ({
        ...floatField.extractProps(info, dynamicInfo),
        zeroField: info.options.zero_field,
        unit: info.options.unit,
    }),
});
