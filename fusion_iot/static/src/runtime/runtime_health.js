/**
 * What the runtime's health comes down to. Nothing is imported here, so that the rules can be tested alone.
 *
 * @typedef {Object} RuntimeWorker
 * @property {number} id
 * @property {string} kind
 * @property {string} name
 * @property {"waiting" | "connecting" | "connected" | "retrying" | "failed" | "stopped"} state
 * @property {string} last_error
 * @property {string} overload what is lost or late although it runs; empty when nothing is
 *
 * @typedef {Object} RuntimeHealth
 * @property {boolean} alive
 * @property {string | false} since when the last sign of life came, in ISO 8601
 * @property {string} reason
 * @property {boolean} [copied] the database looks like a copy, whose connections stay stopped
 * @property {number} [undelivered] messages about alerts that could not be delivered; managers know that
 * @property {RuntimeWorker[]} workers
 */

const TROUBLED = ["retrying", "failed"];

/**
 * - "unknown": nobody has answered yet
 * - "ok": all is well, or nothing has to run
 * - "troubled": a server does the work, but some of its connections do not work, or get more than they can take, or
 *   somebody could not be told of an alert
 * - "dead": no server does work that somebody asked for
 *
 * @param {RuntimeHealth | null} health
 * @returns {"unknown" | "ok" | "troubled" | "dead"}
 */
export function runtimeLevel(health) {
    if (!health) {
        return "unknown";
    }
    if (!health.alive) {
        return "dead";
    }
    const count = troubledWorkers(health).length + overloadedWorkers(health).length;
    return count || health.undelivered ? "troubled" : "ok";
}

/**
 * @param {RuntimeHealth} health
 * @returns {RuntimeWorker[]} those that a server has, but that do not get through
 */
export function troubledWorkers({ workers }) {
    return workers.filter((worker) => TROUBLED.includes(worker.state));
}

/**
 * @param {RuntimeHealth} health
 * @returns {RuntimeWorker[]} those that get through, and lose something or are late for there being too much of it
 */
export function overloadedWorkers({ workers }) {
    return workers.filter((worker) => !TROUBLED.includes(worker.state) && worker.overload);
}

/**
 * Those that no server has, unless it is all of them: then it is not about those but about the runtime.
 *
 * @param {RuntimeHealth} health
 * @returns {RuntimeWorker[]}
 */
export function leftOutWorkers({ workers }) {
    const leftOut = workers.filter((worker) => worker.state === "waiting");
    const wanted = workers.filter((worker) => worker.state !== "stopped");
    return leftOut.length < wanted.length ? leftOut : [];
}
