import { loadBundle } from "@web/core/assets";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { momentText } from "../time/time_text";
import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { useLiveRefresh } from "../live/live_service";

/**
 * A chart of what a record measures, on its form, kept fresh, and with a table of the same. A widget extends it with
 * its template, `open`, `refresh`, `isAnother` and `live`; what it shows besides is added to `state` in its `setup`.
 */
export class LiveChartWidget extends Component {
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.clock = useService("fusion_clock");
        /** Whoever asked last is answered: fetch by `this.keepLast.add(...)`. */
        this.keepLast = new KeepLast();
        this.state = useState({ series: null, showTable: false });
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.open(this.props.record)]));
        onWillUpdateProps(({ record }) => (this.isAnother(record) ? this.open(record) : undefined));
        useLiveRefresh(() => this.refresh(), this.live);
    }

    /** @returns {import("../live/live_service").LiveOptions} */
    get live() {
        return {};
    }

    /**
     * Whether something else is to be shown now than what was opened.
     *
     * @param {Object} record of the form
     */
    isAnother(record) {
        return record.resId !== this.props.record.resId;
    }

    /**
     * Shows a record from the start.
     *
     * @param {Object} record of the form
     */
    async open(record) {}

    /** @returns {Promise<any>} `false` means "not now" */
    async refresh() {
        return false;
    }

    onToggleTable() {
        this.state.showTable = !this.state.showTable;
    }

    timeText(at) {
        return momentText(at, { showSeconds: true });
    }
}
