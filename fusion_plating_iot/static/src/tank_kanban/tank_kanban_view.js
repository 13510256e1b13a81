import { registry } from "@web/core/registry";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { LiveRelationalModel } from "@fusion_iot_base/live/live_model";
import { useLiveRefresh } from "@fusion_iot_base/live/live_service";

/** The tanks, kept fresh in place: filters, scroll position and open menus stay as they are. */
export class TankKanbanController extends kanbanView.Controller {
    setup() {
        super.setup();
        useLiveRefresh(() => this.model.refresh(), { kinds: ["reading", "hold"] });
    }
}

export const tankKanbanView = {
    ...kanbanView,
    Controller: TankKanbanController,
    Model: LiveRelationalModel,
};

registry.category("views").add("fp_tank_kanban", tankKanbanView);
