import { RelationalModel } from "@web/model/relational_model/relational_model";
import { isX2Many } from "@web/views/utils";
import { toRaw } from "@odoo/owl";
import { fetchQuietly } from "./quiet_fetch";

/**
 * The model of one record that can be brought up to date in place: the fields are patched, not replaced, and
 * what the user has begun is never touched.
 */
export class LiveRecordModel extends RelationalModel {
    // The cache shows the values of an earlier visit first, which a live screen must not.
    static withCache = false;

    /**
     * Fetches the record again. Anything the user does meanwhile wins: the answer is dropped then.
     *
     * @param {() => boolean} isUserBusy asked before the request and when its answer is there
     * @returns {Promise<boolean>} false when nothing could be refreshed just now
     */
    async refresh(isUserBusy) {
        const root = toRaw(this.root);
        if (!root?.resId || !(await isAtRest(root, isUserBusy))) {
            return false;
        }
        const known = root._values;
        const config = { ...root.config };
        const values = await fetchQuietly(this, (model) => model._loadData(config));
        const isStill =
            (await isAtRest(root, isUserBusy)) && toRaw(this.root) === root && root._values === known;
        if (isStill) {
            this._merge(values);
        }
        return isStill;
    }

    /** Rows that stay are patched, so that a list within the form keeps its page and its order. */
    _merge(values) {
        const { root } = this;
        const replaced = { ...values };
        for (const name of Object.keys(values)) {
            if (root.activeFields[name] && isX2Many(root.fields[name]) && mergeRows(root.data[name], values[name])) {
                delete replaced[name];
            }
        }
        root._applyValues(replaced);
    }
}

/** Nothing is being entered, saved or about to be. Asking makes fields hand over what they hold back. */
async function isAtRest(record, isUserBusy) {
    return !isUserBusy() && !(await record.isDirty()) && !isUserBusy() && !hasEditedRow(record);
}

function hasEditedRow(record) {
    return record.fieldNames.some(
        (name) => isX2Many(record.fields[name]) && record.data[name].editedRecord
    );
}

/**
 * @param {Object} list the list of a one2many or many2many
 * @param {(number | {id: number})[]} items what the server has in it
 * @returns {boolean} false, and nothing done, when other rows are in it than before
 */
function mergeRows(list, items) {
    const byId = new Map(items.map((item) => (typeof item === "number" ? [item, {}] : [item.id, item])));
    if (list.resIds.length !== byId.size || !list.resIds.every((id) => byId.has(id))) {
        return false;
    }
    for (const row of list.records) {
        row._applyValues(byId.get(row.resId));
    }
    return true;
}
