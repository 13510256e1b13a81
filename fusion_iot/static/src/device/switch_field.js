import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { secondsSince } from "@fusion_iot_base/live/age";
import { formatAge } from "@fusion_iot_base/live/age_format";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { momentText } from "@fusion_iot_base/time/time_text";
import { Component } from "@odoo/owl";

const OPEN = ["queued", "sent"];
const ICONS = { on: "fa-toggle-on", off: "fa-toggle-off", unknown: "fa-question-circle-o" };

/**
 * How a relay is, since when, and what can be done about that: what it is not stands out as the button that one is likely
 * to want. A device that is gone cannot be asked; what it said last is said as that.
 *
 * `<field name="state" widget="fusion_switch"/>` on an `iot.device.switch`
 */
export class SwitchField extends Component {
    static template = "fusion_iot.SwitchField";
    static props = { ...standardFieldProps };

    setup() {
        this.clock = useTicking((now) => this.sinceAt(now));
    }

    get data() {
        return this.props.record.data;
    }

    /** What it was said to be last. */
    get told() {
        return this.data[this.props.name] || "unknown";
    }

    /** What it can be taken for now. */
    get state() {
        return this.data.presence === "offline" ? "unknown" : this.told;
    }

    get icon() {
        return ICONS[this.state];
    }

    get text() {
        if (this.state !== "unknown") {
            return this.word(this.state);
        }
        return this.told === "unknown" ? _t("Unknown") : _t("Unknown, last: %s", this.word(this.told));
    }

    word(state) {
        return state === "on" ? _t("On") : _t("Off");
    }

    get since() {
        return this.sinceAt(this.clock.now());
    }

    sinceAt(now) {
        const { state_at: at } = this.data;
        return at ? formatAge(secondsSince(at.toMillis(), now)) : "";
    }

    get sinceTitle() {
        return _t("Since %s", momentText(this.data.state_at.toMillis(), { showSeconds: true }));
    }

    get isSwitching() {
        return OPEN.includes(this.data.last_state);
    }

    get canSwitch() {
        return Boolean(this.props.record.resId && this.data.can_operate);
    }

    get buttons() {
        return [
            { name: "action_on", label: _t("On"), isLikely: this.state === "off" },
            { name: "action_off", label: _t("Off"), isLikely: this.state === "on" },
        ].map((button) => ({ ...button, title: _t("%(name)s: %(action)s", { name: this.data.name, action: button.label }) }));
    }

    onClick({ name }) {
        const { record } = this.props;
        const words = { name: this.data.name };
        const confirm =
            name === "action_on"
                ? {
                      confirm: _t("%(name)s may start to move or to heat: make sure that nobody is in its way.", words),
                      "confirm-title": _t("Switch on %(name)s?", words),
                      "confirm-label": _t("Switch on"),
                  }
                : {
                      confirm: _t("Make sure that nothing is lost when %(name)s is off.", words),
                      "confirm-title": _t("Switch off %(name)s?", words),
                      "confirm-label": _t("Switch off"),
                  };
        return this.env.onClickViewButton({
            clickParams: { type: "object", name, ...confirm },
            getResParams: () => ({ resModel: record.resModel, resId: record.resId, resIds: [record.resId] }),
        });
    }
}

registry.category("fields").add("fusion_switch", {
    component: SwitchField,
    displayName: _t("Switch"),
    supportedTypes: ["selection"],
    fieldDependencies: [
        { name: "name", type: "char" },
        { name: "state_at", type: "datetime" },
        { name: "presence", type: "selection" },
        { name: "can_operate", type: "boolean" },
        { name: "last_state", type: "selection" },
    ],
});
