import { formatAge } from "@fusion_iot_base/live/age_format";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Component, useState } from "@odoo/owl";
import { ICONS, LEVELS } from "./alert_levels";

/** Nothing while nothing is open; else how many, in the colour of the worst that nobody has acknowledged. */
export class AlertSystray extends Component {
    static template = "fusion_iot.AlertSystray";
    static components = { Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.alerts = useState(useService("fusion_alerts").state);
        this.action = useService("action");
    }

    get title() {
        const { count, unacked } = this.alerts;
        return unacked ? _t("%(count)s alerts, %(unacked)s not acknowledged", { count, unacked }) : _t("%s alerts", count);
    }

    icon(alert) {
        return alert.status === "active" ? `${ICONS[alert.severity]} text-${LEVELS[alert.severity]}` : "fa-check text-muted";
    }

    age(alert) {
        const at = deserializeDateTime(alert.since).toMillis();
        return formatAge(Math.max(0, (Date.now() - at) / 1000));
    }

    get left() {
        return this.alerts.count - this.alerts.alerts.length;
    }

    openAll() {
        return this.action.doAction("fusion_iot.iot_alert_action", { clearBreadcrumbs: true });
    }

    open(alert) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "iot.alert",
            res_id: alert.id,
            views: [[false, "form"]],
        });
    }
}

registry
    .category("systray")
    .add("fusion_iot.AlertSystray", { Component: AlertSystray }, { sequence: 61 });
