import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { LiveRelationalModel } from "../live/live_model";
import { useLiveRefresh } from "../live/live_service";
import { liveOptions } from "./live_options";

/**
 * A list that stays fresh while the newest page is shown. On a later page the rows stay where they
 * are, or they would move away under the reader's eyes.
 */
export class LiveListController extends listView.Controller {
    setup() {
        super.setup();
        useLiveRefresh(() => this.refresh(), liveOptions(this.props.arch));
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

registry.category("views").add("fusion_live_list", liveListView);
