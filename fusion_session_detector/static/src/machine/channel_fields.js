import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FloatField, floatField } from "@web/views/fields/float/float_field";
import { AgeField, ageField } from "@fusion_iot_base/live/age_field";
import { useState } from "@odoo/owl";

const { DateTime } = luxon;
const DEPENDENCIES = [
    { name: "device_id", type: "many2one", relation: "iot.device" },
    { name: "channel", type: "char" },
    { name: "quantity", type: "char" },
    { name: "last_at", type: "datetime" },
];

/**
 * The power that a machine was heard to draw on a channel of its device, where that is newer than what is stored: so
 * that the form of a device shows one power, not two.
 */
function heardOn({ data }, latest) {
    const heard = data.quantity === "power" && latest[data.device_id?.id];
    const isThis = heard && heard.channel === (data.channel || "");
    return isThis && heard.at > (data.last_at?.toMillis() ?? 0) ? heard : null;
}

/** The last value of a channel. */
export class ChannelValueField extends FloatField {
    setup() {
        super.setup();
        this.latest = useState(useService("fusion_machines").latest);
    }

    get value() {
        return heardOn(this.props.record, this.latest)?.power_w ?? super.value;
    }
}

/** How old it is. */
export class ChannelAgeField extends AgeField {
    setup() {
        super.setup();
        this.latest = useState(useService("fusion_machines").latest);
    }

    get at() {
        const heard = this.latest && heardOn(this.props.record, this.latest);
        return heard ? DateTime.fromMillis(heard.at) : super.at;
    }
}

registry.category("fields").add("fusion_channel_value", {
    ...floatField,
    component: ChannelValueField,
    fieldDependencies: DEPENDENCIES,
});
registry.category("fields").add("fusion_channel_age", {
    ...ageField,
    component: ChannelAgeField,
    fieldDependencies: DEPENDENCIES,
});
