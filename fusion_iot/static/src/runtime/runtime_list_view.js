import { liveListView } from "@fusion_iot_base/live_views/live_list_view";
import { registry } from "@web/core/registry";
import { RuntimeHint } from "./runtime_hint";

/** The list of what should run, with what to do when it does not. */
export class RuntimeListRenderer extends liveListView.Renderer {
    static template = "fusion_iot.RuntimeListRenderer";
    static components = { ...liveListView.Renderer.components, RuntimeHint };
}

registry.category("views").add("fusion_runtime_list", { ...liveListView, Renderer: RuntimeListRenderer });
