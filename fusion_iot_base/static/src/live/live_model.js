import { RelationalModel } from "@web/model/relational_model/relational_model";
import { toRaw } from "@odoo/owl";
import { fetchQuietly } from "./quiet_fetch";

/**
 * A list model that can be brought up to date in place. Records that stay keep their datapoint,
 * so cards and rows are patched, not replaced: a click that is under way still lands, a menu
 * stays open, focus, selection and scroll position are kept.
 */
export class LiveRelationalModel extends RelationalModel {
    // The cache shows the values of an earlier visit first, which a live screen must not.
    static withCache = false;

    /**
     * Fetches what is shown again. Anything the user does meanwhile wins: an answer that comes
     * after another load is dropped.
     *
     * @returns {Promise<boolean>} false when nothing could be refreshed just now
     */
    async refresh() {
        const root = this.root;
        if (!this.isReady || root.editedRecord || root.records.some((record) => record.dirty)) {
            return false;
        }
        const loadId = root.config.loadId;
        const config = copyConfig(root.config);
        const data = await fetchQuietly(this, (model) => model._loadData(config));
        const isOutdated =
            toRaw(this.root) !== toRaw(root) ||
            root.config.loadId !== loadId ||
            root.editedRecord !== undefined;
        if (isOutdated) {
            return false;
        }
        if (this.useSampleModel) {
            if (data.length) {
                this.useSampleModel = false;
                root._setData(data);
            }
        } else if (root.isGrouped) {
            await this._mergeGroups(root, data, config.groups);
        } else {
            this._mergeRecords(root, data);
        }
        return true;
    }

    _mergeRecords(list, data) {
        const known = new Map(list.records.map((record) => [record.resId, record]));
        const records = data.records.map((values) => {
            const record = known.get(values.id);
            if (!record) {
                return list._createRecordDatapoint(values);
            }
            record._applyValues(values);
            return record;
        });
        if (!sameItems(list.records, records)) {
            list.records = records;
        }
        list._updateCount(data);
    }

    async _mergeGroups(list, data, fetchedGroups) {
        const sameGroups =
            list.groups.length === data.groups.length &&
            list.groups.every((group, index) => {
                const fresh = data.groups[index];
                return (
                    JSON.stringify(group.serverValue) === JSON.stringify(fresh.serverValue) &&
                    !group.list.isGrouped
                );
            });
        if (!sameGroups) {
            return list.load();
        }
        list.groups.forEach((group, index) => {
            const fresh = data.groups[index];
            group.count = fresh.count;
            group.aggregates = fresh.aggregates;
            if (!group.isFolded && !fetchedGroups[fresh.value].isFolded) {
                this._mergeRecords(group.list, fresh);
            }
        });
    }
}

function sameItems(left, right) {
    return left.length === right.length && left.every((item, index) => item === right[index]);
}

/** Loading writes into its configuration, so it gets a copy down to the groups. */
function copyConfig(config) {
    const copy = { ...config };
    if (config.groups) {
        copy.groups = Object.fromEntries(
            Object.entries(config.groups).map(([value, group]) => [
                value,
                { ...group, list: copyConfig(group.list) },
            ])
        );
    }
    return copy;
}
