import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { chartLocale } from "@fusion_iot_base/chart/chart_locale";
import { timeTicks } from "@fusion_iot_base/chart/time_ticks";
import { momentText } from "@fusion_iot_base/time/time_text";
import { Component, useState } from "@odoo/owl";
import { formatDuration } from "../amounts";
import { countMarks, frameSessions, listBoth, placeSessions, sumUp } from "./what_if_diff";

const MOST_TICKS = 9;
const MAX_ROWS = 100;

/** Sessions as they were, beside those that other settings would have given. */
export class WhatIfField extends Component {
    static template = "fusion_session_detector.WhatIfField";
    static props = { ...standardFieldProps };

    setup() {
        this.locale = chartLocale();
        this.state = useState({ onlyDifferent: true });
    }

    get preview() {
        return this.props.record.data[this.props.name] || { recorded: [], replayed: [], samples: 0 };
    }

    get span() {
        const { date_from: from, date_to: to } = this.props.record.data;
        return from && to && from < to ? { start: from.toMillis(), end: to.toMillis() } : null;
    }

    get frame() {
        const { recorded, replayed } = this.preview;
        return this.span && frameSessions([...recorded, ...replayed], this.span);
    }

    get tracks() {
        const { recorded, replayed } = this.preview;
        return [
            { key: "recorded", name: _t("As it is"), sessions: recorded },
            { key: "replayed", name: _t("With these settings"), sessions: replayed },
        ].map(({ sessions, ...track }) => ({
            ...track,
            sum: sumUp(sessions),
            countText: sessions.length === 1 ? _t("1 session") : _t("%s sessions", sessions.length),
            bars: placeSessions(sessions, this.frame).map((bar) => ({ ...bar, title: this.titleOf(bar) })),
        }));
    }

    get ticks() {
        const { start, end } = this.frame;
        return timeTicks(this.frame, MOST_TICKS, this.locale).map(({ value, text }) => ({
            left: ((value - start) / (end - start)) * 100,
            text,
        }));
    }

    get verdict() {
        const { recorded, replayed } = this.preview;
        const marks = countMarks(recorded, replayed);
        if (!marks.changed && !marks.gone && !marks.new) {
            return marks.same
                ? _t("The sessions would be the same.")
                : _t("There are no sessions in this span, and there would be none.");
        }
        const parts = [
            marks.changed && _t("%s would be different", marks.changed),
            marks.gone && _t("%s would not be", marks.gone),
            marks.new && _t("%s would be new", marks.new),
            marks.same && _t("%s would be the same", marks.same),
        ];
        return parts.filter(Boolean).join(", ");
    }

    get allRows() {
        const { recorded, replayed } = this.preview;
        return listBoth(recorded, replayed, this.state.onlyDifferent);
    }

    get rows() {
        return this.allRows.slice(0, MAX_ROWS);
    }

    markText({ session, isReplayed }) {
        if (session.mark === "changed") {
            return isReplayed ? _t("would be") : _t("is");
        }
        return { same: _t("same"), gone: _t("would not be"), new: _t("would be new") }[session.mark];
    }

    reasonText(reason) {
        return (
            {
                normal: _t("Switched off"),
                timeout: _t("Meter fell silent"),
                power_drop: _t("Power went while working"),
                manual: _t("Ended by hand"),
            }[reason] || _t("Running")
        );
    }

    titleOf(session) {
        return _t("%(from)s to %(to)s, %(working)s working, %(standby)s standby: %(mark)s", {
            from: this.timeText(session.from),
            to: this.timeText(session.to),
            working: formatDuration(session.working_s),
            standby: formatDuration(session.standby_s),
            mark: this.markText({ session, isReplayed: session.mark === "changed" && !session.id }),
        });
    }

    onToggle() {
        this.state.onlyDifferent = !this.state.onlyDifferent;
    }

    durationText(seconds) {
        return formatDuration(seconds);
    }

    energyText(kwh) {
        return formatFloat(kwh, { digits: [16, 3] });
    }

    timeText(iso) {
        return iso ? momentText(Date.parse(iso), { showSeconds: true }) : _t("now");
    }
}

registry.category("fields").add("fusion_what_if", {
    component: WhatIfField,
    displayName: _t("What if"),
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: "date_from", type: "datetime" },
        { name: "date_to", type: "datetime" },
    ],
});
