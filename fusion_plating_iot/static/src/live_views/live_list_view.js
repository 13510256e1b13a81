import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { LiveRelationalModel } from "@fusion_iot_base/live/live_model";
import { useLiveRefresh } from "@fusion_iot_base/live/live_service";

/**
 * A list that stays fresh while the newest page is shown. On a later page the rows stay where they
 * are, or they would move away under the reader's eyes.
 */
export class LiveListController extends listView.Controller {
    setup() {
        super.setup();
        useLiveRefresh(() => this.refresh(), { kinds: ["reading", "hold"] });
    }

    async refresh() {
        if (this.model.root.offset || this.model.root.selection.length) {
            return false;
        }
        return this.model.refresh();
    }
}

export const liveListView = {
    ...listView,
    Controller: LiveListController,
    Model: LiveRelationalModel,
};

registry.category("views").add("fp_live_list", liveListView);
