import { registry } from "@web/core/registry";
import { utils } from "@web/core/ui/ui_service";
import { SearchModel } from "@web/search/search_model";
import { kanbanView } from "@web/views/kanban/kanban_view";

/** On a phone one card follows the other: columns side by side would have to be swiped through one by one. */
export class PhoneSearchModel extends SearchModel {
    load({ defaultGroupBy, ...config }) {
        return super.load(utils.isSmall() ? config : { ...config, defaultGroupBy });
    }
}

registry.category("views").add("fp_phone_kanban", { ...kanbanView, SearchModel: PhoneSearchModel });
