import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";
import { LiveRecordModel } from "../live/live_record_model";
import { useLiveRefresh } from "../live/live_service";
import { liveOptions } from "./live_options";

const TEXT_INPUT = `input:not([type=checkbox], [type=radio], [type=button], [type=submit]),
    textarea, select, [contenteditable]:not([contenteditable=false])`;

/**
 * A form that shows what happens to its record while it is open: a ribbon or a button must not keep saying that
 * all is well. Whoever types is not disturbed.
 */
export class LiveFormController extends formView.Controller {
    setup() {
        super.setup();
        useLiveRefresh(() => this.refresh(), liveOptions(this.props.arch));
    }

    async refresh() {
        const isRefreshed = await this.model.refresh(() => this.isUserBusy());
        if (isRefreshed) {
            const { resModel: model, resId: id } = this.model.root;
            this.env.bus.trigger("MAIL:RELOAD-THREAD", { model, id });
        }
        return isRefreshed;
    }

    /** Whether the cursor is in a field, or in something that was opened from the form. */
    isUserBusy() {
        const form = this.rootRef.el;
        const focused = document.activeElement;
        if (!form || !this.ui.activeElement.contains(form)) {
            return true;
        }
        const overlay = focused?.closest(".o-overlay-item");
        const isInPopover = Boolean(overlay) && !overlay.contains(form);
        return isInPopover || (form.contains(focused) && focused.matches(TEXT_INPUT));
    }
}

export const liveFormView = {
    ...formView,
    Controller: LiveFormController,
    Model: LiveRecordModel,
};

registry.category("views").add("fusion_live_form", liveFormView);
