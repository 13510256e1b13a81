import { describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, defineModels, fields, mockService, models, mountView } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Box extends models.Model {
    name = fields.Char();
    part_ids = fields.One2many({ relation: "part", relation_field: "box_id" });

    _records = [{ id: 1, name: "Line 1", part_ids: [7] }];
}

class Part extends models.Model {
    name = fields.Char();
    box_id = fields.Many2one({ relation: "box" });

    _records = [{ id: 7, name: "Probe", box_id: 1 }];
}

defineMailModels();
defineModels([Box, Part]);

test("a row opens its own page", async () => {
    mockService("action", {
        doAction: ({ res_model, res_id, views }) => expect.step([res_model, res_id, views]),
    });
    await mountView({
        type: "form",
        resModel: "box",
        resId: 1,
        arch: `<form><field name="part_ids" widget="fusion_linked_x2many"><list><field name="name"/></list></field></form>`,
    });
    await contains(".o_data_cell").click();
    await animationFrame();
    expect.verifySteps([["part", 7, [[false, "form"]]]]);
    expect(".modal").toHaveCount(0);
});
