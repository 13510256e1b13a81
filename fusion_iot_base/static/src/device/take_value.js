import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, useEffect, useState } from "@odoo/owl";
import { isStale, secondsSince } from "../live/age";
import { formatAge } from "../live/age_format";
import { useTicking } from "../live/clock_service";

/** More decimals than any probe has come from converting units only. */
const DIGITS = 4;

/**
 * "Take value from device": shows what a device measures now and fills a field of the form with it.
 *
 *     <widget name="fusion_take_value" source="device_source" value="value" at="read_at"/>
 *
 * `source` is a Json field: `identifier`, `channel` and `quantity` of what is listened to; `scale` and `offset` that
 * bring it into `unit`; `stale_after` in seconds, 0: a value is never too old. `value` is the field that is filled,
 * `at`, if given, the one that takes the time of the measurement.
 */
export class TakeValue extends Component {
    static template = "fusion_iot_base.TakeValue";
    static props = {
        ...standardWidgetProps,
        source: String,
        value: String,
        at: { type: String, optional: true },
    };

    setup() {
        this.devices = useService("fusion_devices");
        this.state = useState({ measured: null });
        this.clock = useTicking((now) => this.age(now).signature);
        useEffect(
            (identifier, channel, quantity) => {
                this.state.measured = null;
                return identifier && this.listen(identifier, channel, quantity);
            },
            () => {
                const { identifier, channel, quantity } = this.source;
                return [identifier, channel, quantity];
            }
        );
    }

    get source() {
        return this.props.record.data[this.props.source] || {};
    }

    /** What would be filled in; null when there is nothing to take. */
    get value() {
        const value = this.state.measured?.value;
        if (typeof value !== "number") {
            return null;
        }
        const { scale = 1, offset = 0 } = this.source;
        return Number((value * scale + offset).toFixed(DIGITS));
    }

    get shown() {
        const { measured } = this.state;
        if (!measured) {
            return _t("Nothing heard yet");
        }
        if (this.value === null) {
            return _t("Sensor fault");
        }
        const figure = formatFloat(this.value, { digits: [16, DIGITS], trailingZeros: false });
        return `${figure} ${this.source.unit || measured.unit}`.trim();
    }

    get canTake() {
        return this.value !== null && !this.age(this.clock.now()).stale;
    }

    listen(identifier, channel, quantity) {
        return this.devices.of(identifier).addListener((measured) => {
            if (measured.channel === channel && measured.quantity === quantity) {
                this.state.measured = measured;
            }
        });
    }

    age(now) {
        const at = this.state.measured?.at;
        if (!at) {
            return { text: "", title: "", stale: false, signature: "" };
        }
        const seconds = secondsSince(at.toMillis(), now);
        const stale = isStale(seconds, this.source.stale_after);
        const local = formatDateTime(at, { showSeconds: true });
        const text = formatAge(seconds);
        return {
            text,
            stale,
            title: stale ? _t("%s: too old to be trusted", local) : local,
            signature: `${text}|${stale}`,
        };
    }

    async take() {
        const { record, value, at } = this.props;
        await record.update({ [value]: this.value, ...(at && { [at]: this.state.measured.at }) });
    }
}

registry.category("view_widgets").add("fusion_take_value", {
    component: TakeValue,
    extractProps: ({ attrs }) => ({ source: attrs.source, value: attrs.value, at: attrs.at }),
});
