import { deserializeDateTime } from "@web/core/l10n/dates";
import { spanOfHold } from "./trend_math";

const SENSOR_SPEC = {
    name: {},
    parameter_id: { fields: { name: {} } },
    quantity: {},
    unit: {},
    status: {},
    last_reading_value: {},
    last_reading_at: {},
    silent_after: {},
    spec_min: {},
    spec_max: {},
    setpoint: {},
};
// One that says nothing now has little to show.
const WORST_FIRST = ["out_of_spec", "fault", "action", "suspect", "ok", "silent", "not_judged", "no_data"];

/**
 * Which sensors a record's trend is about, and which span it should open with.
 *
 * @param {Object} orm
 * @param {string} resModel
 * @param {number} resId
 * @param {number} now milliseconds
 * @returns {Promise<{domain: Array, span: import("./trend_math").Span | null}>} no span: the latest day
 */
export async function trendSubject(orm, resModel, resId, now) {
    if (resModel === "fp.tank.sensor") {
        return { domain: [["id", "=", resId]], span: null };
    }
    if (resModel === "fusion.plating.quality.hold") {
        const [hold] = await orm.read(
            resModel,
            [resId],
            ["tank_id", "sensor_id", "date_start", "date_back_in_spec", "decided_at"]
        );
        const end = hold.decided_at || (hold.state === "open" ? false : hold.date_back_in_spec);
        return {
            domain: hold.sensor_id
                ? [["id", "=", hold.sensor_id[0]]]
                : [["tank_id", "=", hold.tank_id[0]]],
            span: spanOfHold(
                { start: toMs(hold.date_start), end: end ? toMs(end) : null },
                now
            ),
        };
    }
    return { domain: [["tank_id", "=", resId]], span: null };
}

/**
 * @param {Object} orm
 * @param {Array} domain
 * @returns {Promise<Object[]>} in the form the value block shows
 */
export async function readSensors(orm, domain) {
    const { records } = await orm.webSearchRead("fp.tank.sensor", domain, {
        specification: SENSOR_SPEC,
        order: "active desc, name, id",
        context: { active_test: false },
    });
    const names = records.map((sensor) => sensor.parameter_id?.name || sensor.name);
    return records.map((sensor, index) => ({
        sensor_id: sensor.id,
        name: isShared(names[index], names) ? `${names[index]} · ${sensor.name}` : names[index],
        quantity: sensor.quantity || "",
        unit: sensor.unit || "",
        value: number(sensor.last_reading_value),
        at: sensor.last_reading_at ? deserializeDateTime(sensor.last_reading_at).toISO() : null,
        status: sensor.status,
        spec_min: number(sensor.spec_min),
        spec_max: number(sensor.spec_max),
        setpoint: number(sensor.setpoint),
        age_limit_s: sensor.silent_after,
    }));
}

function isShared(name, names) {
    return names.indexOf(name) !== names.lastIndexOf(name);
}

/**
 * The sensor to look at first.
 *
 * @param {Object[]} sensors
 * @returns {number | null} id
 */
export function worstSensor(sensors) {
    const rank = ({ status }) => WORST_FIRST.indexOf(status);
    const ranked = [...sensors].sort((left, right) => rank(left) - rank(right));
    return ranked.length ? ranked[0].sensor_id : null;
}

function toMs(text) {
    return deserializeDateTime(text).toMillis();
}

function number(value) {
    return typeof value === "number" ? value : null;
}
