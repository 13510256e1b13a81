/**
 * Sessions as they were recorded beside those of other settings. Nothing is imported here.
 *
 * @typedef {Object} ToldSession
 * @property {string} from ISO time
 * @property {string | null} to null while it runs
 * @property {number} working_s
 * @property {number} standby_s
 * @property {number} energy_kwh
 * @property {string | null} end_reason
 * @property {number} [id] of the record, of recorded ones
 * @property {"same" | "changed" | "gone" | "new"} mark
 */

/**
 * @param {ToldSession[]} sessions
 * @param {{start: number, end: number}} frame
 * @returns {(ToldSession & {left: number, width: number})[]} places in percent of the frame
 */
export function placeSessions(sessions, { start, end }) {
    const share = (at) => ((Math.min(Math.max(at, start), end) - start) / (end - start)) * 100;
    return sessions
        .map((session) => {
            const left = share(Date.parse(session.from));
            const right = share(session.to ? Date.parse(session.to) : end);
            return { ...session, left, width: right - left };
        })
        .filter(({ left, width }) => width > 0 || (left > 0 && left < 100));
}

/**
 * The part of a span that has sessions, with a little around it: a week with an hour's sessions shows that hour.
 *
 * @param {ToldSession[]} sessions
 * @param {{start: number, end: number}} span
 * @returns {{start: number, end: number}}
 */
export function frameSessions(sessions, span) {
    const starts = sessions.map(({ from }) => Date.parse(from));
    const ends = sessions.map(({ to }) => (to ? Date.parse(to) : span.end));
    const start = Math.max(span.start, Math.min(...starts));
    const end = Math.min(span.end, Math.max(...ends));
    if (!(start < end)) {
        return span;
    }
    const margin = Math.max(60_000, (end - start) * 0.02);
    return { start: Math.max(span.start, start - margin), end: Math.min(span.end, end + margin) };
}

/**
 * @param {ToldSession[]} sessions
 * @returns {{count: number, working: number, standby: number, energy: number}} seconds and kWh
 */
export function sumUp(sessions) {
    const sum = { count: sessions.length, working: 0, standby: 0, energy: 0 };
    for (const { working_s, standby_s, energy_kwh } of sessions) {
        sum.working += working_s;
        sum.standby += standby_s;
        sum.energy += energy_kwh;
    }
    return sum;
}

/**
 * All that is told of both, by start; a changed session stands as it was, and below that as it would have been.
 *
 * @param {ToldSession[]} recorded
 * @param {ToldSession[]} replayed
 * @param {boolean} onlyDifferent
 * @returns {{session: ToldSession, isReplayed: boolean}[]}
 */
export function listBoth(recorded, replayed, onlyDifferent) {
    const rows = [
        ...recorded.map((session) => ({ session, isReplayed: false, at: Date.parse(session.from) })),
        ...replayed
            .filter(({ mark }) => mark !== "same")
            .map((session) => ({ session, isReplayed: true, at: startOfPair(session, recorded) })),
    ].filter(({ session }) => !onlyDifferent || session.mark !== "same");
    rows.sort((left, right) => left.at - right.at || left.isReplayed - right.isReplayed);
    return rows.map(({ session, isReplayed }) => ({ session, isReplayed }));
}

/** When the first recorded session began that a replayed one stands in for; else its own start. */
function startOfPair(session, recorded) {
    const own = Date.parse(session.from);
    const end = session.to ? Date.parse(session.to) : Infinity;
    const other = recorded.find(
        ({ mark, from, to }) => mark === "changed" && Date.parse(from) < end && !(to && Date.parse(to) <= own)
    );
    return session.mark === "changed" && other ? Date.parse(other.from) : own;
}

/**
 * How many sessions would differ: changed ones are counted once, as recorded ones are.
 *
 * @param {ToldSession[]} recorded
 * @param {ToldSession[]} replayed
 * @returns {{same: number, changed: number, gone: number, new: number}}
 */
export function countMarks(recorded, replayed) {
    const count = (sessions, wanted) => sessions.filter(({ mark }) => mark === wanted).length;
    return {
        same: count(recorded, "same"),
        changed: Math.max(count(recorded, "changed"), count(replayed, "changed")),
        gone: count(recorded, "gone"),
        new: count(replayed, "new"),
    };
}
