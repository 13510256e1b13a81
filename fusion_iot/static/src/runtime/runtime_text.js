import { formatSince } from "@fusion_iot_base/live/since_format";
import { _t } from "@web/core/l10n/translation";
import { leftOutWorkers, overloadedWorkers, runtimeLevel, troubledWorkers } from "./runtime_health";

/**
 * The state of the runtime in one sentence; empty when there is nothing to say.
 *
 * @param {import("./runtime_health").RuntimeHealth | null} health
 * @returns {string}
 */
export function runtimeSentence(health) {
    const level = runtimeLevel(health);
    if (level === "dead") {
        return deadSentence(health);
    }
    if (level !== "troubled") {
        return "";
    }
    const troubled = troubledWorkers(health);
    const overloaded = overloadedWorkers(health);
    if (!troubled.length && !overloaded.length) {
        return undeliveredSentence(health);
    }
    return troubled.length ? troubledSentence(troubled) : overloadedSentence(overloaded);
}

/**
 * The same in as few words as fit into the menu bar.
 *
 * @param {import("./runtime_health").RuntimeHealth | null} health
 * @returns {string}
 */
export function runtimeLabel(health) {
    const level = runtimeLevel(health);
    if (health?.copied) {
        return _t("IoT runtime stopped: a copy");
    }
    if (level === "dead") {
        return _t("IoT runtime down since %s", since(health));
    }
    if (level !== "troubled") {
        return "";
    }
    const count = troubledWorkers(health).length + overloadedWorkers(health).length;
    return String(count + (health.undelivered ? 1 : 0));
}

/**
 * @param {string} state state of an `iot.runtime.worker`
 * @returns {string}
 */
export function stateLabel(state) {
    switch (state) {
        case "waiting":
            return _t("Waiting for a server");
        case "connecting":
            return _t("Connecting");
        case "connected":
            return _t("Connected");
        case "retrying":
            return _t("Retrying");
        case "failed":
            return _t("Failed");
        default:
            return _t("Stopped");
    }
}

/**
 * @param {import("./runtime_health").RuntimeHealth | null} health
 * @returns {string} empty when everybody could be told
 */
export function undeliveredSentence(health) {
    if (!health?.undelivered) {
        return "";
    }
    return health.undelivered === 1
        ? _t("A message about alerts could not be delivered.")
        : _t("%s messages about alerts could not be delivered.", health.undelivered);
}

function deadSentence(health) {
    if (health.copied) {
        return health.reason;
    }
    const leftOut = leftOutWorkers(health);
    if (leftOut.length) {
        return _t("Not running on any server since %(time)s: %(names)s.", {
            names: leftOut.map((worker) => worker.name).join(", "),
            time: since(health),
        });
    }
    return _t("The IoT runtime has been down since %s: connections such as MQTT take no readings.", since(health));
}

function troubledSentence(workers) {
    if (workers.length === 1) {
        return _t("Not working: %s.", workers[0].name);
    }
    return _t("%s workers of the IoT runtime are not working.", workers.length);
}

function overloadedSentence(workers) {
    return _t("More comes through %s than can be taken.", workers.map((worker) => worker.name).join(", "));
}

function since(health) {
    return formatSince(Date.parse(health.since));
}
