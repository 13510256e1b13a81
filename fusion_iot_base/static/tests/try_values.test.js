import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";
import { mockServerClock } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

class Sample extends models.Model {
    name = fields.Char({ required: true });
    port = fields.Integer({ default: 1883 });
    secret = fields.Char();

    _records = [{ id: 1, name: "Line", port: 1883, secret: "stored" }];
}

const ARCH = `<form>
    <header><widget name="fusion_try_values" method="try_settings" string="Test"/></header>
    <field name="name"/><field name="port"/><field name="secret" password="True"/>
</form>`;
const BUTTON = ".o_fusion_try_values";

let answer;

defineMailModels();
defineModels([Sample]);

beforeEach(() => {
    mockServerClock();
    answer = { ok: false, milliseconds: 12, message: "Nothing there." };
    onRpc("try_settings", async ({ args }) => {
        expect.step(args);
        return answer;
    });
    for (const method of ["web_save", "write", "create"]) {
        onRpc(method, () => expect.step(method));
    }
});

test("what is typed is tried and not saved", async () => {
    await mountView({ type: "form", resModel: "sample", resId: 1, arch: ARCH });
    await contains(".o_field_widget[name=port] input").edit("18999");
    await contains(BUTTON).click();
    expect.verifySteps([[[1], { port: 18999 }]]);
    expect(".o_fusion_trial .alert-danger").toHaveText(/Nothing there\./);
    answer = { ok: true, milliseconds: 3, message: "Connected." };
    await contains(".o_fusion_trial .btn:contains(Test again)").click();
    expect.verifySteps([[[1], { port: 18999 }]]);
    expect(".o_fusion_trial .alert-success").toHaveText(/Connected\./);
    await contains(".o_fusion_trial .btn:contains(Close)").click();
    expect(".o_form_status_indicator_buttons").toBeVisible();
    expect(".o_field_widget[name=port] input").toHaveValue("18,999");
});

test("a new record is tried whole, without what saving asks for", async () => {
    await mountView({ type: "form", resModel: "sample", arch: ARCH });
    await contains(".o_field_widget[name=secret] input").edit("typed");
    await contains(BUTTON).click();
    expect.verifySteps([[[], { name: false, port: 1883, secret: "typed" }]]);
});

test("the dialog says that something is under way", async () => {
    answer = new Deferred();
    await mountView({ type: "form", resModel: "sample", resId: 1, arch: ARCH });
    await contains(BUTTON).click();
    expect(".o_fusion_trial [role=status]").toHaveText(/Trying/);
    expect(".o_fusion_trial .btn:contains(Test again)").not.toBeEnabled();
    answer.resolve({ ok: true, milliseconds: 3, message: "Connected." });
    await animationFrame();
    expect(".o_fusion_trial .alert-success").toHaveCount(1);
    expect.verifySteps([[[1], {}]]);
});

test("a figure that cannot be read is not tried as the one before", async () => {
    await mountView({ type: "form", resModel: "sample", resId: 1, arch: ARCH });
    await contains(".o_field_widget[name=port] input").edit("abc");
    await contains(BUTTON).click();
    expect.verifySteps([]);
    expect(".o_fusion_trial").toHaveCount(0);
    expect(".o_notification").toHaveCount(1);
});
