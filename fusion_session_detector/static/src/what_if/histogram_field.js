import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";
import { formatDuration, formatPower } from "../amounts";
import { describePhase } from "../phases";
import { histogramBars, histogramTicks, placePower } from "./power_histogram";

const MOST_TICKS = 10;

/** For how long a machine drew how much, the thresholds of the form, and those that its history suggests. */
export class PowerHistogramField extends Component {
    static template = "fusion_session_detector.PowerHistogramField";
    static props = { ...standardFieldProps };

    get histogram() {
        return this.props.record.data[this.props.name] || { bins: [], levels: [] };
    }

    get bars() {
        const { standby_threshold_w: standby, working_threshold_w: working } = this.props.record.data;
        return histogramBars(this.histogram.bins, { standby, working }).map((bar) => ({
            ...bar,
            title: _t("%(low)s to %(high)s: %(length)s, %(phase)s", {
                low: formatPower(bar.low),
                high: formatPower(bar.high),
                length: formatDuration(bar.seconds),
                phase: describePhase(bar.phase).label,
            }),
        }));
    }

    get ticks() {
        return histogramTicks(this.histogram.bins, MOST_TICKS).map(({ left, watts }) => ({
            left,
            text: formatPower(watts),
        }));
    }

    get lines() {
        const { data } = this.props.record;
        const { bins, standby_threshold_w: standby, working_threshold_w: working } = this.histogram;
        const suggested = [
            { key: "suggested_standby", watts: standby, text: _t("Suggested standby %s", formatPower(standby)) },
            { key: "suggested_working", watts: working, text: _t("Suggested working %s", formatPower(working)) },
        ];
        const own = [
            {
                key: "standby",
                watts: data.standby_threshold_w,
                text: _t("Standby %s", formatPower(data.standby_threshold_w)),
            },
            {
                key: "working",
                watts: data.working_threshold_w,
                text: _t("Working %s", formatPower(data.working_threshold_w)),
            },
        ];
        return [
            ...own.map((line, row) => ({ ...line, row, isSuggested: false })),
            ...suggested.map((line, row) => ({ ...line, row: row + 2, isSuggested: true })),
        ]
            .map((line) => ({ ...line, left: placePower(bins, line.watts) }))
            .filter(({ left }) => left !== null);
    }

    get verdict() {
        const { levels, standby_threshold_w: standby, working_threshold_w: working } = this.histogram;
        if (standby === null || standby === undefined) {
            return _t("Nothing can be suggested: in this span the machine was not seen both off and on.");
        }
        const seen = levels.map(([watts, seconds]) =>
            _t("%(power)s for %(length)s", { power: formatPower(watts), length: formatDuration(seconds) })
        );
        const values = { standby: formatPower(standby), working: formatPower(working), levels: seen.join(", ") };
        const thresholds = standby === working
            ? _t("It stays at %(levels)s. Suggested: on from %(standby)s; it has no standby.", values)
            : _t("It stays at %(levels)s. Suggested: standby from %(standby)s, working from %(working)s.", values);
        return [thresholds, ...this.details].join(" ");
    }

    /** What else is suggested, and what comes of it. */
    get details() {
        const { start_threshold_w: start, min_off_gap_s: gap, sessions } = this.histogram;
        return [
            start && _t("Less than %s is drawn while it waits for its start.", formatPower(start)),
            gap && _t("Pauses of up to %s are joined.", formatDuration(gap)),
            sessions === 1 && _t("That makes 1 session of this span."),
            sessions > 1 && _t("That makes %s sessions of this span.", sessions),
        ].filter(Boolean);
    }
}

registry.category("fields").add("fusion_power_histogram", {
    component: PowerHistogramField,
    displayName: _t("Histogram of power"),
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: "standby_threshold_w", type: "float" },
        { name: "working_threshold_w", type: "float" },
    ],
});
