import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, useEffect, useState } from "@odoo/owl";

const SHOWN = 20;
/** What drivers of the stock IoT Box client and ours can do without being told more, by type of the device. */
const ACTIONS = { printer: ["status"], scale: ["read_once"], probe: ["read_once"] };

/**
 * Lets a person do with a device of an IoT Box what addons do: have it act, and hear what it says.
 *
 *     <widget name="fusion_try_device"/>
 *
 * The form has the fields `identifier`, `type` and `connected`.
 */
export class TryDevice extends Component {
    static template = "fusion_iot.TryDevice";
    static props = standardWidgetProps;

    setup() {
        this.devices = useService("fusion_devices");
        this.said = 0;
        this.state = useState({ action: "", data: "", busy: false, answer: null, heard: [] });
        useEffect(
            (identifier) => {
                Object.assign(this.state, { action: this.actions[0] || "", answer: null, heard: [] });
                return identifier && this.device.addListener((told) => this.hear(told));
            },
            () => [this.data.identifier]
        );
    }

    get data() {
        return this.props.record.data;
    }

    get device() {
        return this.devices.of(this.data.identifier);
    }

    get actions() {
        return ACTIONS[this.data.type] || [];
    }

    get canSend() {
        return this.data.connected && !this.state.busy;
    }

    hear(told) {
        const text = told.kind === "event" ? eventText(told) : measurementText(told);
        this.state.heard = [
            { key: ++this.said, time: formatDateTime(told.at, { showSeconds: true }), kind: told.kind, text },
            ...this.state.heard,
        ].slice(0, SHOWN);
    }

    async send() {
        this.state.answer = null;
        const data = parameters(this.state.data);
        if (!data) {
            this.state.answer = {
                failed: true,
                text: _t('What it is told besides is written like {"text": "hello", "copies": 2}.'),
            };
            return;
        }
        this.state.busy = true;
        const { identifier } = this.data;
        const answer = await this.ask({ ...data, action: this.state.action.trim() });
        this.state.busy = false;
        if (this.data.identifier === identifier) {
            this.state.answer = answer;
        }
    }

    async ask(data) {
        const began = performance.now();
        try {
            const answer = await this.device.action(data);
            const ms = Math.round(performance.now() - began);
            return { failed: false, text: written(answer), after: _t("%s ms", ms) };
        } catch (error) {
            return { failed: true, text: error.message };
        }
    }
}

function parameters(text) {
    try {
        const found = JSON.parse(text.trim() || "{}");
        return found && typeof found === "object" && !Array.isArray(found) ? found : null;
    } catch {
        return null;
    }
}

function written(value) {
    return value === null || value === undefined ? _t("done") : JSON.stringify(value, null, 2);
}

function eventText({ value, result, status }) {
    return [value, result, status]
        .filter((part) => part !== null && part !== undefined && part !== "")
        .map((part) => (typeof part === "string" ? part : JSON.stringify(part)))
        .join(" · ");
}

function measurementText({ channel, quantity, value, unit }) {
    const figure = value === null ? _t("Sensor fault") : `${formatFloat(value, { digits: [16, 3] })} ${unit}`;
    return [channel, quantity, figure].filter(Boolean).join(" · ");
}

registry.category("view_widgets").add("fusion_try_device", {
    component: TryDevice,
    fieldDependencies: [
        { name: "identifier", type: "char" },
        { name: "type", type: "char" },
        { name: "connected", type: "boolean" },
    ],
});
