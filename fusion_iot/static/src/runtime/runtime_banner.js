import { connectionLevel } from "@fusion_iot_base/live/connection_level";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Component, useState } from "@odoo/owl";
import { runtimeSentence } from "./runtime_text";

/** Says under live values that no new ones come. Without a connection nobody knows, and another banner is there. */
export class RuntimeBanner extends Component {
    static template = "fusion_iot.RuntimeBanner";
    static props = {};

    setup() {
        this.runtime = useState(useService("fusion_runtime").state);
        this.live = useState(useService("fusion_live").state);
        this.action = useService("action");
    }

    get isShown() {
        const hasLiveValues = this.live.listeners > 0;
        return this.runtime.level === "dead" && hasLiveValues && connectionLevel(this.live) !== "lost";
    }

    get sentence() {
        return runtimeSentence(this.runtime.health);
    }

    open() {
        return this.action.doAction("fusion_iot.iot_runtime_worker_action");
    }
}

registry.category("main_components").add("fusion_iot.RuntimeBanner", { Component: RuntimeBanner });
