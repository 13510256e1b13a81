import { toRaw } from "@odoo/owl";

/**
 * Lets a model load without the loading indicator: a screen that keeps itself fresh must not blink.
 *
 * @template T
 * @param {Object} model a relational model
 * @param {(model: Object) => Promise<T>} load calls the model's loading methods
 * @returns {Promise<T>}
 */
export function fetchQuietly(model, load) {
    const raw = toRaw(model);
    const quiet = Object.create(raw);
    quiet.orm = raw.orm.silent;
    return load(quiet);
}
