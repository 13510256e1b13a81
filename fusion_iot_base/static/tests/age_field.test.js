import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Probe extends models.Model {
    last_at = fields.Datetime();
    expected_interval = fields.Integer();

    _records = [
        { id: 1, last_at: "2026-03-01 09:59:48", expected_interval: 60 },
        { id: 2, last_at: "2026-03-01 09:50:00", expected_interval: 60 },
        { id: 3, last_at: false, expected_interval: 60 },
    ];
}

defineMailModels();
defineModels([Probe]);

test("shows the age, ticking, and strikes what is too old", async () => {
    mockDate("2026-03-01 10:00:00", +0);
    await mountView({
        type: "list",
        resModel: "probe",
        arch: `<list><field name="last_at" widget="fusion_age" options="{'stale_after': 'expected_interval'}"/></list>`,
    });
    // Some seconds may have gone by until it was shown.
    const texts = () => queryAllTexts(".o_data_row .o_data_cell");
    expect(parseInt(texts()[0])).toBeWithin(12, 16);
    expect(texts()).toEqual([`${parseInt(texts()[0])} s`, "10 min", ""]);
    expect(".o_data_row:eq(0) .o_fusion_age_stale").toHaveCount(0);
    expect(".o_data_row:eq(1) .o_fusion_age_stale .fa-clock-o").toHaveCount(1);
    expect(".o_data_row:eq(0) time").toHaveAttribute("title", "03/01/2026 09:59:48");

    await advanceTime(30_000);
    await animationFrame();
    expect(parseInt(texts()[0])).toBeWithin(42, 47);

    await advanceTime(20_000);
    await animationFrame();
    expect(".o_data_row:eq(0) .o_fusion_age_stale").toHaveCount(1);
});
