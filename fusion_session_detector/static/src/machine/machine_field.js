import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { isStale, secondsSince } from "@fusion_iot_base/live/age";
import { formatAge } from "@fusion_iot_base/live/age_format";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { momentText } from "@fusion_iot_base/time/time_text";
import { Component, useState } from "@odoo/owl";
import { formatDuration, formatPower } from "../amounts";
import { describePhase } from "../phases";

/**
 * What a machine does right now: phase, power, since when its session runs. The record says it, and what was heard
 * since says it better.
 *
 * `<field name="session_state" widget="fusion_machine"/>`, with the option `device_field` on a record that is not
 * the `iot.device` itself.
 */
export class MachineField extends Component {
    static template = "fusion_session_detector.MachineField";
    static props = { ...standardFieldProps, deviceField: { type: String, optional: true } };

    setup() {
        this.latest = useState(useService("fusion_machines").latest);
        this.clock = useTicking((now) => {
            const { elapsed, age, isOld } = this.at(now);
            return `${elapsed}|${age}|${isOld}`;
        });
    }

    /** The record's own values, or what was heard after them. */
    get known() {
        const { resId, data } = this.props.record;
        const { deviceField } = this.props;
        const told = {
            phase: data[this.props.name],
            power_w: data.current_power_w,
            at: data.session_state_at ? data.session_state_at.toMillis() : null,
        };
        const heard = this.latest[deviceField ? data[deviceField]?.id : resId];
        // Odoo's times are whole seconds: what was heard within the same second is not older.
        return heard && heard.at >= (told.at ?? 0) ? heard : told;
    }

    get isRunning() {
        return Boolean(this.props.record.data.running_session_id);
    }

    /** Why it is idle though it draws power. */
    get isHeld() {
        return Boolean(this.props.record.data.session_held) && this.known.phase === "idle";
    }

    get now() {
        return this.at(this.clock.now());
    }

    /** What the passing of time changes. */
    at(now) {
        const { running_since: since, session_silent_after_s: limit } = this.props.record.data;
        const { at } = this.known;
        const seconds = at === null ? null : secondsSince(at, now);
        return {
            elapsed: this.isRunning && since ? formatDuration(secondsSince(since.toMillis(), now)) : "",
            age: seconds === null ? "" : formatAge(seconds),
            isOld: seconds !== null && isStale(seconds, limit),
        };
    }

    get info() {
        return describePhase(this.known.at === null ? false : this.known.phase);
    }

    get power() {
        return formatPower(this.known.at === null ? null : this.known.power_w);
    }

    get ageText() {
        const { age, isOld } = this.now;
        return isOld ? _t("value of %s ago", age) : _t("%s ago", age);
    }

    get momentText() {
        return momentText(this.known.at, { showSeconds: true });
    }
}

registry.category("fields").add("fusion_machine", {
    component: MachineField,
    displayName: _t("What a machine does"),
    supportedTypes: ["selection"],
    supportedOptions: [
        {
            label: _t("Device field"),
            name: "device_field",
            type: "field",
            availableTypes: ["many2one"],
        },
    ],
    extractProps: ({ options }) => ({ deviceField: options.device_field }),
    fieldDependencies: [
        { name: "current_power_w", type: "float" },
        { name: "session_state_at", type: "datetime" },
        { name: "session_silent_after_s", type: "float" },
        { name: "session_held", type: "boolean" },
        { name: "running_since", type: "datetime" },
        { name: "running_session_id", type: "many2one", relation: "mqtt.session" },
    ],
});
