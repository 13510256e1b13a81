import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";
import { secondsSince } from "@fusion_iot_base/live/age";
import { formatAge } from "@fusion_iot_base/live/age_format";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { Component } from "@odoo/owl";
import { limitBar } from "./limit_bar";
import { describeStatus, statusNow } from "./status";

const { DateTime } = luxon;

/** Decimals that say something at the size of the value: pH 4.85, 88.1 °C, 240 g/l. */
function decimalsOf(value, quantity) {
    if (quantity === "ph") {
        return 2;
    }
    return Math.abs(value) >= 200 ? 0 : 1;
}

/**
 * @param {number} value
 * @param {string} [quantity]
 * @returns {string}
 */
export function formatReading(value, quantity) {
    return formatFloat(value, { digits: [16, decimalsOf(value, quantity)] });
}

/**
 * The latest value of one sensor: value, unit, place between its limits, age and state.
 */
export class TankValue extends Component {
    static template = "fusion_plating_iot.TankValue";
    static props = {
        reading: Object,
        showName: { type: Boolean, optional: true },
    };
    static defaultProps = { showName: true };

    setup() {
        this.clock = useTicking((now) => {
            const { age, status } = this.at(now);
            return `${age}|${status}`;
        });
    }

    get reading() {
        return this.props.reading;
    }

    get now() {
        return this.at(this.clock.now());
    }

    /** What the passing of time changes. */
    at(now) {
        const { at, status, age_limit_s: limit } = this.reading;
        const seconds = at ? secondsSince(Date.parse(at), now) : null;
        return {
            age: seconds === null ? "" : formatAge(seconds),
            status: statusNow(status, seconds, limit),
        };
    }

    get hasValue() {
        return typeof this.reading.value === "number";
    }

    get value() {
        return this.hasValue ? formatReading(this.reading.value, this.reading.quantity) : "–";
    }

    /** pH is its own unit: "4.85 pH" under the name "pH" says it twice. */
    get unit() {
        return this.reading.unit === this.reading.name ? "" : this.reading.unit;
    }

    get bar() {
        return limitBar(this.reading);
    }

    get limitsText() {
        const { spec_min: low, spec_max: high, quantity, unit } = this.reading;
        const format = (value) => formatReading(value, quantity);
        const isLow = typeof low === "number";
        const isHigh = typeof high === "number";
        if (isLow && isHigh) {
            return _t("Specification %(low)s to %(high)s %(unit)s", {
                low: format(low),
                high: format(high),
                unit,
            });
        }
        if (isLow) {
            return _t("Specification at least %(low)s %(unit)s", { low: format(low), unit });
        }
        return isHigh
            ? _t("Specification at most %(high)s %(unit)s", { high: format(high), unit })
            : "";
    }

    get readAt() {
        return this.reading.at
            ? formatDateTime(DateTime.fromISO(this.reading.at), { showSeconds: true })
            : "";
    }

    statusInfo(status) {
        return describeStatus(status);
    }
}
