import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Component, useState } from "@odoo/owl";
import { connectionLevel } from "./connection_level";
import { formatSince } from "./since_format";

/**
 * Says so when the values on the screen are no longer live. Shown only on pages with live data.
 */
export class ConnectionBanner extends Component {
    static template = "fusion_iot_base.ConnectionBanner";
    static props = {};

    setup() {
        this.state = useState(useService("fusion_live").state);
    }

    get level() {
        return connectionLevel(this.state);
    }

    get message() {
        if (this.level === "slow") {
            return _t("Live updates are interrupted: the values are refreshed every 30 seconds");
        }
        return _t("No connection to the server: the values shown are from %s", formatSince(this.state.goodAt));
    }
}

registry.category("main_components").add("fusion_iot_base.ConnectionBanner", {
    Component: ConnectionBanner,
});
