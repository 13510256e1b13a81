import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { Component, onWillStart, useState } from "@odoo/owl";

/** Has the server try values that are not saved, and shows how that went; see `TryValues`. */
export class TrialDialog extends Component {
    static template = "fusion_iot_base.TrialDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        title: String,
        resModel: String,
        resIds: { type: Array, element: Number },
        method: String,
        values: Object,
        context: Object,
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ result: null });
        // Not awaited: the dialog says at once that something is under way.
        onWillStart(() => void this.run());
    }

    async run() {
        const { resModel, method, resIds, values, context } = this.props;
        this.state.result = null;
        try {
            this.state.result = await this.orm.call(resModel, method, [resIds, values], { context });
        } catch (error) {
            this.props.close();
            throw error;
        }
    }
}
