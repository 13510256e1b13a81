import { Component, onWillStart, useState } from "@odoo/owl";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Shows a new ingest token, once. It is not to be had from the server again. */
export class TokenShown extends Component {
    static template = "fusion_plating_iot.TokenShown";
    static components = { CopyButton };
    static props = { ...standardActionServiceProps };

    setup() {
        this.state = useState({ token: null, hours: 0 });
        this.copied = _t("Copied");
        onWillStart(() => Object.assign(this.state, this.props.action.params));
    }

    async close() {
        await this.env.services.action.doAction({ type: "ir.actions.act_window_close" });
        await this.env.services.action.doAction("fusion_plating_iot.fusion_plating_settings_action", {
            clearBreadcrumbs: true,
        });
    }
}

registry.category("actions").add("fp_ingest_token_shown", TokenShown);
