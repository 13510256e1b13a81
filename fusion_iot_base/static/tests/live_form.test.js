import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    MockServer,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { mockServerClock, nudge } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

class Tank extends models.Model {
    _name = "shop.tank";
    name = fields.Char();
    note = fields.Char();
    on_hold = fields.Boolean();
    probe_ids = fields.One2many({ relation: "shop.probe", relation_field: "tank_id" });
    _records = [{ id: 1, name: "Electroless nickel", note: "As new", on_hold: false, probe_ids: [1, 2, 3] }];
}

class Probe extends models.Model {
    _name = "shop.probe";
    name = fields.Char();
    value = fields.Float();
    tank_id = fields.Many2one({ relation: "shop.tank" });
    _records = [
        { id: 1, name: "Temperature", value: 88.1, tank_id: 1 },
        { id: 2, name: "pH", value: 4.8, tank_id: 1 },
        { id: 3, name: "Level", value: 71.2, tank_id: 1 },
    ];
    _views = { form: `<form><field name="name"/><field name="value"/></form>` };
}

defineMailModels();
defineModels([Tank, Probe]);

const ROWS = `<field name="name"/><field name="value" digits="[16, 1]"/>`;

async function openTank({ list = `<list limit="2">${ROWS}</list>`, probes = "" } = {}) {
    mockServerClock();
    await mountView({
        type: "form",
        resModel: "shop.tank",
        resId: 1,
        arch: `<form js_class="fusion_live_form" class="o_live_hold">
            <field name="name"/><field name="note"/><field name="on_hold"/>
            <div class="ribbon" invisible="not on_hold">ON HOLD</div>
            <field name="probe_ids" ${probes}>${list}</field>
        </form>`,
    });
}

function raiseHold(values = {}) {
    MockServer.env["shop.tank"].write([1], { on_hold: true, ...values });
}

/** Lets the answer to the next fetch wait. */
function delayFetch() {
    const answer = new Deferred();
    onRpc("shop.tank", "web_read", async ({ parent }) => {
        const values = parent();
        await answer;
        return values;
    });
    return answer;
}

async function arrive(answer) {
    answer.resolve();
    await animationFrame();
    await animationFrame();
}

const values = () => queryAllTexts(".o_data_row [name=value]");

test("a hold that is raised while the form is open shows up in it", async () => {
    await openTank();
    const name = queryFirst("[name=name] input");
    raiseHold();
    await nudge("reading");
    expect(".ribbon").toHaveCount(0);
    await nudge("hold");
    expect(".ribbon").toHaveCount(1);
    expect(name.isConnected).toBe(true);
});

test("whoever types is not disturbed, and sees it afterwards", async () => {
    await openTank();
    await contains("[name=name] input").edit("Nickel 2", { confirm: false });
    raiseHold({ name: "Nickel 3" });
    await nudge("hold");
    expect(".ribbon").toHaveCount(0);
    expect("[name=name] input").toHaveValue("Nickel 2");
    await contains(".o_form_button_save").click();
    await nudge("hold");
    expect(".ribbon").toHaveCount(1);
    expect("[name=name] input").toHaveValue("Nickel 2");
});

test("what was entered and left is not touched either", async () => {
    await openTank();
    await contains("[name=name] input").edit("Nickel 2");
    await contains("[name=note] input").click();
    document.activeElement.blur();
    raiseHold({ name: "Nickel 3" });
    await nudge("hold");
    expect(".ribbon").toHaveCount(0);
    expect("[name=name] input").toHaveValue("Nickel 2");
});

test("an answer that arrives while one types is dropped", async () => {
    await openTank();
    raiseHold({ name: "Nickel 3" });
    const answer = delayFetch();
    await nudge("hold");
    await contains("[name=name] input").edit("Nickel 2", { confirm: false });
    await arrive(answer);
    expect("[name=name] input").toHaveValue("Nickel 2");
    expect(".ribbon").toHaveCount(0);
});

test("an answer from before a save does not bring old values back", async () => {
    await openTank();
    const answer = delayFetch();
    await nudge("hold");
    await contains("[name=on_hold] input").click();
    await contains(".o_form_button_save").click();
    await arrive(answer);
    expect(".ribbon").toHaveCount(1);
    expect("[name=on_hold] input").toBeChecked();
});

test("a row that is being edited is not disturbed, nor is the form behind a dialog", async () => {
    await openTank({ list: `<list editable="bottom">${ROWS}</list>` });
    await contains(".o_data_row:eq(0) [name=name]").click();
    await contains(".o_data_row:eq(0) [name=name] input").edit("Bath", { confirm: false });
    MockServer.env["shop.probe"].write([1, 2], { value: 99 });
    await nudge("hold");
    expect(".o_selected_row [name=name] input").toHaveValue("Bath");
    expect(".o_data_row:eq(1) [name=value]").toHaveText("4.8");
});

test("a row in its dialog keeps what was typed", async () => {
    await openTank({ list: `<list limit="2">${ROWS}</list><form><field name="name"/></form>` });
    await contains(".o_data_row:eq(0) [name=name]").click();
    await contains(".modal [name=name] input").edit("Bath", { confirm: false });
    document.activeElement.blur();
    raiseHold();
    await nudge("hold");
    expect(".ribbon").toHaveCount(0);
    await contains(".modal .o_form_button_save").click();
    expect(queryAllTexts(".o_data_row [name=name]")).toEqual(["Bath", "pH"]);
});

test("rows are patched in place, and the list keeps its page", async () => {
    await openTank();
    const row = queryFirst(".o_data_row");
    MockServer.env["shop.probe"].write([1], { value: 89.3 });
    await nudge("hold");
    expect(values()).toEqual(["89.3", "4.8"]);
    expect(row.isConnected).toBe(true);
    await contains(".o_x2m_control_panel .o_pager_next").click();
    expect(values()).toEqual(["71.2"]);
    await nudge("hold");
    expect(values()).toEqual(["71.2"]);
});

test("a row that is new on the server comes in", async () => {
    await openTank({ list: `<list>${ROWS}</list>` });
    MockServer.env["shop.tank"].write([1], { probe_ids: [[0, 0, { name: "Current", value: 12 }]] });
    await nudge("hold");
    expect(values()).toEqual(["88.1", "4.8", "71.2", "12.0"]);
});

test("a live list in the form follows its own kinds of nudge", async () => {
    await openTank({ probes: `widget="fusion_live_x2many" readonly="1" options="{'live_kinds': ['reading']}"` });
    const row = queryFirst(".o_data_row");
    MockServer.env["shop.probe"].write([1], { value: 89.3 });
    await nudge("mqtt");
    expect(values()).toEqual(["88.1", "4.8"]);
    await nudge("reading");
    expect(values()).toEqual(["89.3", "4.8"]);
    expect(row.isConnected).toBe(true);
});
