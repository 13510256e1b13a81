import { describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { reactive } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    fields,
    mockService,
    models,
    mountView,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { session } from "@web/session";
import { mockServerClock } from "@fusion_iot_base/../tests/live_helpers";

describe.current.tags("desktop");

class Worker extends models.Model {
    _name = "iot.runtime.worker";
    name = fields.Char();
    _records = [{ id: 1, name: "Workshop" }];
}

defineMailModels();
defineModels([Worker]);

test("what to do is said above the list and in the form, while there is something to do", async () => {
    const state = reactive({ level: "dead", health: null });
    mockService("fusion_runtime", { state });
    patchWithCleanup(session, { db: "shop" });
    mockServerClock();
    await mountView({
        type: "list",
        resModel: "iot.runtime.worker",
        arch: `<list js_class="fusion_runtime_list"><field name="name"/></list>`,
    });
    expect(".o_fusion_runtime_hint pre").toHaveText(/db_name = shop/);
    expect(".o_fusion_runtime_hint .o_clipboard_button").toHaveCount(1);
    state.level = "ok";
    await animationFrame();
    expect(".o_fusion_runtime_hint").toHaveCount(0);
    expect(".o_data_row").toHaveCount(1);

    state.level = "dead";
    await mountView({
        type: "form",
        resModel: "iot.runtime.worker",
        resId: 1,
        arch: `<form><widget name="fusion_runtime_hint"/><field name="name"/></form>`,
    });
    expect(".o_form_view .o_fusion_runtime_hint").toHaveCount(1);
});
