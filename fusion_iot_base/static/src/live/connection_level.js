/**
 * What the user has to be told about the connection.
 *
 * - "ok": nothing
 * - "slow": the push channel is down, but fetching works, so values are only as fresh as the poll
 * - "lost": values cannot be refreshed at all
 *
 * A channel that has just gone counts as lost until a fetch has proved otherwise.
 *
 * @param {Object} state
 * @param {number} state.listeners live things on the screen
 * @param {boolean} state.busLost the push channel is down
 * @param {boolean} state.fetchLost the last fetch did not reach the server
 * @param {boolean} state.fetchProved a fetch succeeded since the channel went down
 * @returns {"ok" | "slow" | "lost"}
 */
export function connectionLevel({ listeners, busLost, fetchLost, fetchProved }) {
    if (!listeners) {
        return "ok";
    }
    if (fetchLost || (busLost && !fetchProved)) {
        return "lost";
    }
    return busLost ? "slow" : "ok";
}
