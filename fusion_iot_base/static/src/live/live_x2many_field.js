import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";
import { useLiveRefresh } from "./live_service";
import { fetchQuietly } from "./quiet_fetch";

/**
 * A list inside a form whose rows are kept fresh in place while nobody edits the form. The option `live_kinds`
 * names the kinds of nudge to follow; without it, all.
 */
export class LiveX2ManyField extends X2ManyField {
    setup() {
        super.setup();
        useLiveRefresh(() => this.refresh(), { kinds: this.props.crudOptions?.live_kinds });
    }

    async refresh() {
        const { record } = this.props;
        const rows = this.list.records.filter((row) => row.resId);
        if (record.dirty || !rows.length) {
            return false;
        }
        const config = { ...this.list.config, resIds: rows.map((row) => row.resId) };
        const fresh = await fetchQuietly(record.model, (model) => model._loadRecords(config));
        if (record.dirty) {
            return false;
        }
        const byId = new Map(fresh.map((values) => [values.id, values]));
        for (const row of rows) {
            if (byId.has(row.resId) && !row.dirty) {
                row._applyValues(byId.get(row.resId));
            }
        }
    }
}

registry.category("fields").add("fusion_live_x2many", {
    ...x2ManyField,
    component: LiveX2ManyField,
});
