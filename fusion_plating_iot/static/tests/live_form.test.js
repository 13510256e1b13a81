import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    MockServer,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Tank extends models.Model {
    _name = "fusion.plating.tank";
    name = fields.Char();
    on_hold = fields.Boolean();
    sensor_ids = fields.One2many({ relation: "fp.tank.sensor", relation_field: "tank_id" });
    _records = [{ id: 1, name: "Electroless nickel", on_hold: false, sensor_ids: [1, 2] }];
}

class Sensor extends models.Model {
    _name = "fp.tank.sensor";
    name = fields.Char();
    value = fields.Float();
    tank_id = fields.Many2one({ relation: "fusion.plating.tank" });
    _records = [
        { id: 1, name: "Temperature", value: 88.1, tank_id: 1 },
        { id: 2, name: "pH", value: 4.8, tank_id: 1 },
    ];
}

defineMailModels();
defineModels([Tank, Sensor]);

async function openTank() {
    onRpc("/web/health", () => "", { pure: true });
    await mountView({
        type: "form",
        resModel: "fusion.plating.tank",
        resId: 1,
        arch: `<form js_class="fp_live_form">
            <field name="name"/><field name="on_hold" invisible="1"/>
            <div class="ribbon" invisible="not on_hold">ON HOLD</div>
            <field name="sensor_ids" widget="fusion_live_x2many" readonly="1">
                <list><field name="name"/><field name="value" digits="[16, 1]"/></list>
            </field>
        </form>`,
    });
}

async function nudge(kind) {
    getService("fusion_live").onNudge({ kind, tank_ids: [1] });
    await advanceTime(400);
    await animationFrame();
    await animationFrame();
}

const values = () => queryAllTexts(".o_data_row [name=value]");

test("a hold that is raised while the form is open shows up in it", async () => {
    await openTank();
    expect(".ribbon").toHaveCount(0);
    MockServer.env["fusion.plating.tank"].write([1], { on_hold: true });
    await nudge("reading");
    expect(".ribbon").toHaveCount(0);
    await nudge("hold");
    expect(".ribbon").toHaveCount(1);
});

test("whoever types is not disturbed", async () => {
    await openTank();
    await contains("[name=name] input").edit("Nickel 2", { confirm: false });
    MockServer.env["fusion.plating.tank"].write([1], { on_hold: true });
    await nudge("hold");
    expect(".ribbon").toHaveCount(0);
    expect("[name=name] input").toHaveValue("Nickel 2");
});

test("the rows of the sensors are patched in place", async () => {
    await openTank();
    const row = queryFirst(".o_data_row");
    MockServer.env["fp.tank.sensor"].write([1], { value: 89.3 });
    await nudge("reading");
    expect(values()).toEqual(["89.3", "4.8"]);
    expect(row.isConnected).toBe(true);
});
