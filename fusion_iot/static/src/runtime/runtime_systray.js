import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Component, useState } from "@odoo/owl";
import { troubledWorkers } from "./runtime_health";
import { runtimeLabel, runtimeSentence, stateLabel, undeliveredSentence } from "./runtime_text";

const ICONS = {
    waiting: "fa-times-circle text-danger",
    connecting: "fa-circle-o-notch text-muted",
    connected: "fa-check-circle text-success",
    retrying: "fa-exclamation-triangle text-warning",
    failed: "fa-exclamation-triangle text-danger",
    stopped: "fa-stop-circle text-muted",
};

/** Nothing while all is well; else what does not run, and since when. */
export class RuntimeSystray extends Component {
    static template = "fusion_iot.RuntimeSystray";
    static components = { Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.runtime = useState(useService("fusion_runtime").state);
        this.action = useService("action");
        this.stateLabel = stateLabel;
    }

    get label() {
        return runtimeLabel(this.runtime.health);
    }

    get sentence() {
        return runtimeSentence(this.runtime.health);
    }

    get undelivered() {
        return undeliveredSentence(this.runtime.health);
    }

    /** Whether its last error is why it is as it is. */
    isTroubled(worker) {
        return troubledWorkers(this.runtime.health).includes(worker);
    }

    icon(worker) {
        return ICONS[worker.state];
    }

    open() {
        return this.action.doAction("fusion_iot.iot_runtime_worker_action");
    }

    openUndelivered() {
        return this.action.doAction("fusion_iot.iot_alert_delivery_failed_action");
    }
}

registry
    .category("systray")
    .add("fusion_iot.RuntimeSystray", { Component: RuntimeSystray }, { sequence: 60 });
