import { describe, expect, test } from "@odoo/hoot";
import { click } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { defineModels, fields, getService, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Device extends models.Model {
    _name = "iot.device";
    name = fields.Char();
    alert_text = fields.Text();
    alert_level = fields.Selection({ selection: [["info", "Info"], ["warning", "Warning"], ["critical", "Critical"]] });
    _records = [
        { id: 1, name: "Saw", alert_text: "Offline\nOn standby since 9:00 AM", alert_level: "critical" },
        { id: 2, name: "Lathe", alert_text: "On out of hours", alert_level: "info" },
        { id: 3, name: "Drill", alert_text: "", alert_level: false },
    ];
}

defineMailModels();
defineModels([Device]);

test("a card says what is the matter, in the colour of the worst, and opens the alerts", async () => {
    onRpc("iot.device", "action_open_alerts", ({ args }) => ({ type: "ir.actions.act_window", res_id: args[0][0] }));
    await mountView({
        type: "kanban",
        resModel: "iot.device",
        arch: `<kanban><templates><t t-name="card"><field name="name"/><widget name="fusion_alert_banner"/></t></templates></kanban>`,
        selectRecord: () => expect.step("opened the card"),
    });
    expect(".o_kanban_record:contains(Saw) .alert-danger .fa-exclamation-circle").toHaveCount(1);
    expect(".o_kanban_record:contains(Saw) .alert-danger").toHaveText("Offline\nOn standby since 9:00 AM");
    expect(".o_kanban_record:contains(Lathe) .alert-info").toHaveText("On out of hours");
    expect(".o_kanban_record:contains(Drill) .alert").toHaveCount(0);
    getService("action").doAction = (action) => expect.step(action.res_id);
    await click(".o_kanban_record:contains(Saw) .o_fusion_alert_banner");
    await animationFrame();
    expect.verifySteps([1]);
});

test("so does a form", async () => {
    await mountView({
        type: "form",
        resModel: "iot.device",
        resId: 2,
        arch: `<form><widget name="fusion_alert_banner"/><field name="name"/></form>`,
    });
    expect("button.alert-info").toHaveText("On out of hours");
});
