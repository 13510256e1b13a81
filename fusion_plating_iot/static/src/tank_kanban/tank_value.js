import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";
import { secondsSince } from "@fusion_iot_base/live/age";
import { formatReading } from "@fusion_plating/reading_format";
import { formatAge } from "@fusion_iot_base/live/age_format";
import { useTicking } from "@fusion_iot_base/live/clock_service";
import { Component } from "@odoo/owl";
import { limitBar } from "./limit_bar";
import { describeStatus, statusNow } from "./status";

const { DateTime } = luxon;
const LIMIT_DIGITS = [16, 4];

/** A limit as it was entered. */
function formatLimit(value) {
    return formatFloat(value, { digits: LIMIT_DIGITS, trailingZeros: false });
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
        const { at, heard_at: heardAt, status, age_limit_s: limit } = this.reading;
        const since = (moment) => (moment ? secondsSince(Date.parse(moment), now) : null);
        const seconds = since(at);
        return {
            age: seconds === null ? "" : formatAge(seconds),
            // A probe whose values are not believed is not silent.
            status: statusNow(status, since(heardAt || at), limit),
        };
    }

    get hasValue() {
        return typeof this.reading.value === "number";
    }

    get value() {
        const { value, quantity, spec_min, spec_max } = this.reading;
        return this.hasValue ? formatReading(value, quantity, [spec_min, spec_max]) : "–";
    }

    /** pH is its own unit: "4.85 pH" under the name "pH" says it twice. */
    get unit() {
        return this.reading.unit === this.reading.name ? "" : this.reading.unit;
    }

    get bar() {
        return limitBar(this.reading);
    }

    /** The limits as a card has room for them: "60 – 82". */
    get limitsShort() {
        const { spec_min: low, spec_max: high } = this.reading;
        const isLow = typeof low === "number";
        const isHigh = typeof high === "number";
        if (isLow && isHigh) {
            return `${formatLimit(low)} – ${formatLimit(high)}`;
        }
        if (isLow) {
            return `≥ ${formatLimit(low)}`;
        }
        return isHigh ? `≤ ${formatLimit(high)}` : "";
    }

    get limitsText() {
        const { spec_min: low, spec_max: high, unit } = this.reading;
        const format = formatLimit;
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
