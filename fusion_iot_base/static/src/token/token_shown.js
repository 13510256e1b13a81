import { Component, onWillStart, useState } from "@odoo/owl";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/**
 * Shows a new token, once. It is not to be had from the server again.
 *
 * Parameters of the action: `token`; `message`, where to put it; `hours` for which the one before stays valid, and
 * whether there was one, `rotated`; `next`, the action that follows.
 */
export class TokenShown extends Component {
    static template = "fusion_iot_base.TokenShown";
    static components = { CopyButton };
    static props = { ...standardActionServiceProps };

    setup() {
        this.state = useState({ token: null, message: "", hours: 0, rotated: true });
        this.copied = _t("Copied");
        onWillStart(() => Object.assign(this.state, this.props.action.params));
    }

    async close() {
        const { next } = this.props.action.params || {};
        const { action } = this.env.services;
        await action.doAction({ type: "ir.actions.act_window_close" });
        if (next) {
            await action.doAction(next, { clearBreadcrumbs: true });
        }
    }
}

registry.category("actions").add("fusion_token_shown", TokenShown);
