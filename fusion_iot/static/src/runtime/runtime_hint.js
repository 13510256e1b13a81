import { CopyButton } from "@web/core/copy_button/copy_button";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { session } from "@web/session";
import { Component, useState } from "@odoo/owl";

/** What to do about a runtime that does not run: the settings of a server that runs it. */
export class RuntimeHint extends Component {
    static template = "fusion_iot.RuntimeHint";
    static components = { CopyButton };
    static props = {};

    setup() {
        this.runtime = useState(useService("fusion_runtime").state);
        this.copied = _t("Copied");
    }

    get isShown() {
        return this.runtime.level === "dead" && !this.isCopy;
    }

    get isCopy() {
        return Boolean(this.runtime.health?.copied);
    }

    get settings() {
        return `db_name = ${session.db}\nserver_wide_modules = base,rpc,web,fusion_iot_base`;
    }
}

class RuntimeHintWidget extends RuntimeHint {
    static props = { ...standardWidgetProps };
}

registry.category("view_widgets").add("fusion_runtime_hint", { component: RuntimeHintWidget });
