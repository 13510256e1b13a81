/**
 * The durations of a running session at this moment. They are written now and then only, and whenever its state
 * changes: what has gone by since went to the state it is in. A pause counts as standby until it has ended the session.
 *
 * @param {{current_state: string, working_duration_s: number, standby_duration_s: number}} written
 * @param {number} elapsed seconds since its start
 * @returns {{total_duration_s: number, working_duration_s: number, standby_duration_s: number}}
 */
export function runningSeconds({ current_state: state, working_duration_s: worked, standby_duration_s: stood }, elapsed) {
    const since = Math.max(0, elapsed - (worked || 0) - (stood || 0));
    const isWorking = state === "working";
    const working = (worked || 0) + (isWorking ? since : 0);
    const standby = (stood || 0) + (isWorking ? 0 : since);
    return { total_duration_s: working + standby, working_duration_s: working, standby_duration_s: standby };
}
