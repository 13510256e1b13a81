import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, models, mountView, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { mockServerClock } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

const session = (from, to, mark, id) => ({
    from: `2026-03-01T${from}Z`,
    to: to && `2026-03-01T${to}Z`,
    working_s: 1200,
    standby_s: 600,
    energy_kwh: 0.4567,
    end_reason: to ? "normal" : null,
    mark,
    id,
});

class WhatIf extends models.Model {
    _name = "iot.session.what.if";
    date_from = fields.Datetime();
    date_to = fields.Datetime();
    standby_threshold_w = fields.Float();
    working_threshold_w = fields.Float();
    preview = fields.Json();
    histogram = fields.Json();
    _records = [
        {
            id: 1,
            date_from: "2026-03-01 00:00:00",
            date_to: "2026-03-02 00:00:00",
            standby_threshold_w: 20,
            working_threshold_w: 100,
            preview: {
                samples: 500,
                recorded: [session("08:00:00", "09:00:00", "same", 4), session("10:00:00", "11:00:00", "changed", 5)],
                replayed: [
                    session("08:00:00", "09:00:00", "same"),
                    session("10:00:00", "11:30:00", "changed"),
                    session("22:00:00", null, "new"),
                ],
            },
            histogram: {
                bins: [
                    [0, 3, 40_000],
                    [3, 30, 900],
                    [30, 300, 3000],
                    [300, 3000, 1500],
                ],
                levels: [
                    [1.7, 40_000],
                    [36, 3000],
                    [1100, 1500],
                ],
                standby_threshold_w: 11,
                working_threshold_w: 220,
            },
        },
        {
            id: 2,
            date_from: "2026-03-01 00:00:00",
            date_to: "2026-03-02 00:00:00",
            preview: { samples: 0, recorded: [], replayed: [] },
            histogram: { bins: [], levels: [], standby_threshold_w: null, working_threshold_w: null },
        },
    ];
}

defineMailModels();
defineModels([WhatIf]);

beforeEach(() => {
    mockDate("2026-03-02 10:00:00", +0);
    patchWithCleanup(user, { tz: "Asia/Tokyo" }); // the page has one clock, that of the browser
    mockServerClock();
});

function openWhatIf(resId) {
    return mountView({
        type: "form",
        resModel: "iot.session.what.if",
        resId,
        arch: `<form>
            <field name="standby_threshold_w"/><field name="working_threshold_w"/>
            <field name="preview" widget="fusion_what_if"/>
            <field name="histogram" widget="fusion_power_histogram"/>
        </form>`,
    });
}

test("says what would differ, in words, bars and rows", async () => {
    await openWhatIf(1);
    expect(".o_fusion_what_if_verdict").toHaveText("1 would be different, 1 would be new, 1 would be the same");
    expect("[data-track=recorded] .o_fusion_what_if_bar").toHaveCount(2);
    expect("[data-track=replayed] .o_fusion_mark_new").toHaveCount(1);
    expect(queryAllTexts(".o_fusion_what_if_table td:last-child")).toEqual(["is", "would be", "would be new"]);
    expect(queryAllTexts(".o_fusion_what_if_table tr:last-child td").slice(1, 6)).toEqual([
        "now",
        "20 min 00 s",
        "10 min 00 s",
        "0.457",
        "Running",
    ]);
    await click("#o_fusion_what_if_only");
    await animationFrame();
    expect(".o_fusion_what_if_table tbody tr").toHaveCount(4);
});

test("without power in the span there is nothing to replay", async () => {
    await openWhatIf(2);
    expect(".o_fusion_what_if .o_fusion_session_empty").toHaveText(/there is nothing to replay/);
    expect(".o_fusion_histogram .o_fusion_session_empty").toHaveText(/No power is logged in this span/);
});

test("the histogram tells the levels, and follows the thresholds of the form", async () => {
    await openWhatIf(1);
    expect(".o_fusion_histogram_plot").toHaveAttribute(
        "aria-label",
        "It stays at 1.7 W for 11 h 06 min, 36 W for 50 min 00 s, 1,100 W for 25 min 00 s. " +
            "Suggested: standby from 11 W, working from 220 W."
    );
    expect(queryAllTexts(".o_fusion_histogram_line")).toEqual([
        "Standby 20 W",
        "Working 100 W",
        "Suggested standby 11 W",
        "Suggested working 220 W",
    ]);
    expect(".o_fusion_histogram_bar.o_fusion_histogram_working").toHaveCount(2);
    await contains("[name=working_threshold_w] input").edit("500");
    expect(".o_fusion_histogram_bar.o_fusion_histogram_working").toHaveCount(1);
    expect(".o_fusion_histogram_line:eq(1)").toHaveText("Working 500 W");
});
