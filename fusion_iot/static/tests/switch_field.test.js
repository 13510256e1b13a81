import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { mockServerClock } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

class Switch extends models.Model {
    _name = "iot.device.switch";
    name = fields.Char();
    state = fields.Selection({ selection: [["unknown", "Unknown"], ["on", "On"], ["off", "Off"]] });
    state_at = fields.Datetime();
    presence = fields.Selection({ selection: [["unknown", "Never heard"], ["online", "Online"], ["offline", "Offline"]] });
    can_operate = fields.Boolean();
    last_state = fields.Selection({ selection: [["queued", "Queued"], ["done", "Done"]] });
    _records = [
        { id: 1, name: "Pump", state: "on", state_at: "2026-03-01 09:57:00", presence: "online", can_operate: true },
    ];
}

class Device extends models.Model {
    _name = "iot.device";
    switch_ids = fields.One2many({ relation: "iot.device.switch" });
    _records = [{ id: 5, switch_ids: [1] }];
}

defineMailModels();
defineModels([Switch, Device]);

let pump;

beforeEach(() => {
    mockDate("2026-03-01 10:00:00", +0);
    mockServerClock();
    [pump] = Switch._records;
    for (const name of ["action_on", "action_off"]) {
        onRpc("iot.device.switch", name, ({ args }) => {
            expect.step([name, ...args[0]]);
            return false;
        });
    }
});

async function open(values = {}) {
    Object.assign(pump, values);
    await mountView({
        type: "form",
        resModel: "iot.device",
        resId: 5,
        arch: `<form><field name="switch_ids"><list editable="bottom">
            <field name="name"/><field name="state" widget="fusion_switch"/>
        </list></field></form>`,
    });
}

const state = () => queryOne(".o_fusion_switch_state").innerText.replace(/\s+/g, " ").trim();
const likely = () => queryAllTexts(".o_fusion_switch .btn-primary");

test("it says how the relay is, and since when; the other is what one is likely to press", async () => {
    await open();
    expect(state()).toBe("On for 3 min");
    expect(likely()).toEqual(["Off"]);
    expect(".o_fusion_switch time").toHaveAttribute("title", /^Since Mar 1, 9:57:00/);
    await advanceTime(60_000);
    expect(state()).toBe("On for 4 min");
});

test("off, with a button to switch it on", async () => {
    await open({ state: "off", state_at: false });
    expect(state()).toBe("Off");
    expect(likely()).toEqual(["On"]);
});

test("of what is not known neither is likely", async () => {
    await open({ state: "unknown", state_at: false, presence: "unknown" });
    expect(state()).toBe("Unknown");
    expect(likely()).toEqual([]);
    expect(queryAllTexts(".o_fusion_switch .btn-secondary")).toEqual(["On", "Off"]);
});

test("what a device said that is gone by now is said as that", async () => {
    await open({ presence: "offline" });
    expect(state()).toMatch(/^Unknown, last: On/);
    expect(likely()).toEqual([]);
});

test("the question names what is switched", async () => {
    await open();
    expect("button[name=action_off]").toHaveAttribute("aria-label", "Pump: Off");
    await click("button[name=action_off]");
    await animationFrame();
    expect(".modal-title").toHaveText("Switch off Pump?");
    expect(".modal-body").toHaveText(/Pump is off/);
    expect.verifySteps([]);
    await click(".modal .btn-primary");
    await animationFrame();
    expect.verifySteps([["action_off", 1]]);
    await click("button[name=action_on]");
    await animationFrame();
    expect(".modal-title").toHaveText("Switch on Pump?");
    expect(".modal .btn-primary").toHaveText("Switch on");
});

test("while a command is under way that is said", async () => {
    await open({ last_state: "queued" });
    expect(state()).toBe("On switching …");
});

test("who may not switch sees how it is, without buttons", async () => {
    await open({ can_operate: false });
    expect(state()).toBe("On for 3 min");
    expect(".o_fusion_switch button").toHaveCount(0);
});
