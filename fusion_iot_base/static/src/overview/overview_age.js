import { Component } from "@odoo/owl";
import { secondsSince } from "../live/age";
import { formatAge } from "../live/age_format";
import { useTicking } from "../live/clock_service";
import { formatSince } from "../live/since_format";

/** How long ago a moment was, ticking. */
export class OverviewAge extends Component {
    static template = "fusion_iot_base.OverviewAge";
    static props = { at: String };

    setup() {
        this.clock = useTicking((now) => this.textAt(now));
    }

    get text() {
        return this.textAt(this.clock.now());
    }

    get title() {
        return formatSince(Date.parse(this.props.at));
    }

    textAt(now) {
        return formatAge(secondsSince(Date.parse(this.props.at), now));
    }
}
