import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";
import { useLiveRefresh } from "@fusion_iot_base/live/live_service";

/**
 * A form that notices a hold while it is open: the ribbon and the buttons must not keep saying
 * that all is well. Whoever types is not disturbed.
 */
export class LiveFormController extends formView.Controller {
    setup() {
        super.setup();
        useLiveRefresh(() => this.refresh(), { kinds: ["hold"] });
    }

    async refresh() {
        const { root } = this.model;
        const isTyping = this.rootRef.el?.contains(document.activeElement) && isInput(document.activeElement);
        if (!root.resId || isTyping || (await root.isDirty())) {
            return false;
        }
        await this.model.load();
    }
}

function isInput(element) {
    return element.matches("input, textarea, select, [contenteditable='true']");
}

registry.category("views").add("fp_live_form", { ...formView, Controller: LiveFormController });
