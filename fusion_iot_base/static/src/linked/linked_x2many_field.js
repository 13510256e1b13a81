import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/** A list inside a form whose rows open as pages of their own, which stay live, and not in a dialog. */
export class LinkedX2ManyField extends X2ManyField {
    openRecord(record, { newWindow = false } = {}) {
        return this.switchToForm(record, { newWindow });
    }
}

registry.category("fields").add("fusion_linked_x2many", {
    ...x2ManyField,
    component: LinkedX2ManyField,
});
