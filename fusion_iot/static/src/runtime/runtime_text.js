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
    return troubled.length ? troubledSentence(troubled) : overloadedSentence(overloadedWorkers(health));
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
        return _t("MQTT stopped: a copy");
    }
    if (level === "dead") {
        return _t("MQTT down since %s", since(health));
    }
    if (level !== "troubled") {
        return "";
    }
    return String(troubledWorkers(health).length + overloadedWorkers(health).length);
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

function deadSentence(health) {
    if (health.copied) {
        return health.reason;
    }
    const leftOut = leftOutWorkers(health);
    if (leftOut.length) {
        return _t("No server has taken the messages of %(names)s since %(time)s.", {
            names: leftOut.map((worker) => worker.name).join(", "),
            time: since(health),
        });
    }
    return _t("The MQTT runtime is not running since %s: readings are not being taken.", since(health));
}

function troubledSentence(workers) {
    if (workers.length === 1) {
        return _t("The MQTT connection %s does not work.", workers[0].name);
    }
    return _t("%s MQTT connections do not work.", workers.length);
}

function overloadedSentence(workers) {
    return _t("More comes through %s than can be taken.", workers.map((worker) => worker.name).join(", "));
}

function since(health) {
    return formatSince(Date.parse(health.since));
}
