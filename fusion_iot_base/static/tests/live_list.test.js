import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    MockServer,
    models,
    mountView,
} from "@web/../tests/web_test_helpers";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

class Reading extends models.Model {
    _name = "shop.reading";
    value = fields.Float();
    quality = fields.Char();
    _records = [
        { id: 1, value: 88.1, quality: "good" },
        { id: 2, value: 88.2, quality: "good" },
        { id: 3, value: 88.3, quality: "good" },
    ];
}

defineMailModels();
defineModels([Reading]);

async function openReadings(attributes = "") {
    mockServerClock();
    await mountView({
        type: "list",
        resModel: "shop.reading",
        arch: `<list js_class="fusion_live_list" class="o_live_reading" default_order="id desc" ${attributes}><field name="value" digits="[16, 1]"/><field name="quality"/></list>`,
        groupBy: [],
    });
}

const values = () => queryAllTexts(".o_data_row [name=value]");

test("new rows come in above the ones that stay", async () => {
    await openReadings();
    const newest = queryFirst(".o_data_row");
    MockServer.env["shop.reading"].create({ value: 91.4, quality: "good" });
    await nudge("reading");
    expect(values()).toEqual(["91.4", "88.3", "88.2", "88.1"]);
    expect(newest.isConnected).toBe(true);
    expect(newest).toHaveText(/88\.3/);
});

test("rows stay where they are on a later page and while some are selected", async () => {
    await openReadings(`limit="2"`);
    await contains(".o_pager_next").click();
    expect(values()).toEqual(["88.1"]);
    MockServer.env["shop.reading"].create({ value: 91.4, quality: "good" });
    await nudge("reading");
    expect(values()).toEqual(["88.1"]);
    await contains(".o_pager_previous").click();
    expect(values()).toEqual(["91.4", "88.3"]);
    await click(".o_data_row:eq(0) .o_list_record_selector input");
    await animationFrame();
    MockServer.env["shop.reading"].create({ value: 92.2, quality: "good" });
    await nudge("reading");
    expect(values()).toEqual(["91.4", "88.3"]);
});

test("a row that is being edited is not disturbed", async () => {
    await openReadings(`editable="bottom"`);
    await contains(".o_data_row:eq(1) [name=quality]").click();
    await contains(".o_data_row:eq(1) [name=quality] input").edit("suspect", { confirm: false });
    MockServer.env["shop.reading"].create({ value: 91.4, quality: "good" });
    await nudge("reading");
    expect(".o_data_row").toHaveCount(3);
    expect(".o_selected_row [name=quality] input").toHaveValue("suspect");
});

test("groups keep their fold and get the new row", async () => {
    await mountView({
        type: "list",
        resModel: "shop.reading",
        arch: `<list js_class="fusion_live_list" class="o_live_reading" default_order="id desc"><field name="value" digits="[16, 1]"/><field name="quality"/></list>`,
        groupBy: ["quality"],
    });
    await contains(".o_group_header").click();
    expect(values()).toEqual(["88.3", "88.2", "88.1"]);
    MockServer.env["shop.reading"].create({ value: 91.4, quality: "good" });
    await nudge("reading");
    expect(values()).toEqual(["91.4", "88.3", "88.2", "88.1"]);
    expect(".o_group_header").toHaveText(/good \(4\)/);
});
