import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component } from "@odoo/owl";
import { TrialDialog } from "./trial_dialog";

/**
 * A button of a form that tries what is on the screen, without saving the form as other buttons do.
 *
 *     <widget name="fusion_try_values" method="try_settings" string="Test connection" title="…" hotkey="t"/>
 *
 * `method` is called on the record, or on an empty recordset for a new one, with what the form would save. It writes
 * nothing and returns `{ ok, milliseconds, message }`, which a dialog shows.
 */
export class TryValues extends Component {
    static template = "fusion_iot_base.TryValues";
    static props = {
        ...standardWidgetProps,
        method: String,
        string: String,
        title: { type: String, optional: true },
        hotkey: { type: String, optional: true },
    };

    setup() {
        this.dialog = useService("dialog");
    }

    async open() {
        const { record, method, string } = this.props;
        const values = await record.getChanges();
        const isUnreadable = record.fieldNames.some((name) => record.isFieldInvalid(name));
        if (isUnreadable && !(await record.checkValidity({ displayNotification: true }))) {
            return;
        }
        this.dialog.add(TrialDialog, {
            title: record.data.name ? _t("%(trial)s: %(name)s", { trial: string, name: record.data.name }) : string,
            resModel: record.resModel,
            resIds: record.resId ? [record.resId] : [],
            method,
            values,
            context: record.context,
        });
    }
}

registry.category("view_widgets").add("fusion_try_values", {
    component: TryValues,
    extractProps: ({ attrs }) => ({
        method: attrs.method,
        string: attrs.string,
        title: attrs.title,
        hotkey: attrs.hotkey,
    }),
});
