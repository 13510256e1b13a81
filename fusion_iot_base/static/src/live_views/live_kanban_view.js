import { registry } from "@web/core/registry";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { LiveRelationalModel } from "../live/live_model";
import { useLiveRefresh } from "../live/live_service";
import { liveOptions } from "./live_options";

/** Cards, kept fresh in place: filters, scroll position and open menus stay as they are. */
export class LiveKanbanController extends kanbanView.Controller {
    setup() {
        super.setup();
        useLiveRefresh(() => this.model.refresh(), liveOptions(this.props.arch));
    }
}

export const liveKanbanView = {
    ...kanbanView,
    Controller: LiveKanbanController,
    Model: LiveRelationalModel,
};

registry.category("views").add("fusion_live_kanban", liveKanbanView);
