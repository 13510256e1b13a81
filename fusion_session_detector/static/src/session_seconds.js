import { secondsSince } from "@fusion_iot_base/live/age";

/** The fields of a session that {@link sessionSeconds} reads, for components that show what it gives. */
export const SECONDS_FIELDS = [
    { name: "status", type: "selection" },
    { name: "current_state", type: "selection" },
    { name: "start_time", type: "datetime" },
    { name: "total_duration_s", type: "float" },
    { name: "working_duration_s", type: "float" },
    { name: "standby_duration_s", type: "float" },
];

/**
 * How long a session has been in each phase. The durations of a running one are written now and then only, and
 * whenever its phase changes: what has gone by since went to the phase it is in. A pause that is not decided yet is no
 * part of the session: the total is work and standby.
 *
 * @param {Object} session values of {@link SECONDS_FIELDS}
 * @param {number} now milliseconds
 * @returns {{total: number, working: number, standby: number, stopping: number}}
 */
export function sessionSeconds(session, now) {
    const seconds = {
        working: session.working_duration_s || 0,
        standby: session.standby_duration_s || 0,
        stopping: 0,
    };
    if (session.status !== "running" || !session.start_time) {
        return { total: session.total_duration_s || 0, ...seconds };
    }
    const elapsed = secondsSince(session.start_time.toMillis(), now);
    const phase = session.current_state in seconds ? session.current_state : "standby";
    seconds[phase] += Math.max(0, elapsed - seconds.working - seconds.standby);
    return { total: seconds.working + seconds.standby, ...seconds };
}
