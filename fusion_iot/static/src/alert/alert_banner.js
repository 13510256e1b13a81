import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component } from "@odoo/owl";
import { ICONS, LEVELS } from "./alert_levels";

/**
 * What is the matter with a record that alerts are about, on its form or card: in the colour of the worst, a line each.
 * It opens the alerts. Nothing, where nothing is the matter.
 *
 * `<widget name="fusion_alert_banner"/>`
 */
export class AlertBanner extends Component {
    static template = "fusion_iot.AlertBanner";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get text() {
        return this.props.record.data.alert_text;
    }

    get level() {
        return LEVELS[this.props.record.data.alert_level];
    }

    get icon() {
        return ICONS[this.props.record.data.alert_level];
    }

    async open() {
        const { resModel, resId } = this.props.record;
        return this.action.doAction(await this.orm.call(resModel, "action_open_alerts", [[resId]]));
    }
}

registry.category("view_widgets").add("fusion_alert_banner", {
    component: AlertBanner,
    fieldDependencies: [
        { name: "alert_text", type: "text" },
        { name: "alert_level", type: "selection" },
    ],
});
