/**
 * Ticks of the time axis at round local times: a day starts at midnight where the reader is, also
 * on the day the clocks change.
 */
const { DateTime } = luxon;

const STEPS = [
    { seconds: 10 },
    { seconds: 30 },
    { minutes: 1 },
    { minutes: 2 },
    { minutes: 5 },
    { minutes: 10 },
    { minutes: 15 },
    { minutes: 30 },
    { hours: 1 },
    { hours: 2 },
    { hours: 3 },
    { hours: 4 },
    { hours: 6 },
    { hours: 12 },
    { days: 1 },
    { days: 2 },
    { days: 5 },
    { days: 10 },
    { months: 1 },
    { months: 3 },
    { years: 1 },
];
const LENGTH = { seconds: 1e3, minutes: 6e4, hours: 36e5, days: 864e5, months: 30 * 864e5, years: 365 * 864e5 };

/**
 * @param {{start: number, end: number}} span milliseconds
 * @param {number} most ticks that fit
 * @param {{zone: string, locale: string}} options
 * @returns {{value: number, text: string, isDay: boolean}[]}
 */
export function timeTicks({ start, end }, most, options) {
    const step =
        STEPS.find((candidate) => (end - start) / stepLength(candidate) <= most) || STEPS.at(-1);
    const [[unit, count]] = Object.entries(step);
    const ticks = [];
    let at = firstTick(DateTime.fromMillis(start, options), unit, count);
    while (at.toMillis() <= end) {
        if (at.toMillis() >= start) {
            ticks.push({ value: at.toMillis(), ...labelOf(at, unit) });
        }
        const next = at.plus(step);
        // Steps of hours are counted from each midnight anew, so that they stay round local times.
        at = unit === "hours" && !next.hasSame(at, "day") ? next.startOf("day") : next;
    }
    return ticks;
}

function stepLength(step) {
    const [[unit, count]] = Object.entries(step);
    return LENGTH[unit] * count;
}

function firstTick(at, unit, count) {
    if (unit === "seconds" || unit === "minutes") {
        const start = at.startOf("hour");
        const step = LENGTH[unit] * count;
        return start.plus(Math.floor(at.diff(start).toMillis() / step) * step);
    }
    if (unit === "hours") {
        return at.startOf("day");
    }
    return at.startOf(unit === "days" ? "month" : "year");
}

function labelOf(at, unit) {
    if (unit === "years") {
        return { text: at.toLocaleString({ year: "numeric" }), isDay: true };
    }
    if (unit === "months") {
        return { text: at.toLocaleString({ month: "short", year: "numeric" }), isDay: at.month === 1 };
    }
    const isMidnight = at.hour === 0 && at.minute === 0 && at.second === 0;
    if (unit === "days" || isMidnight) {
        return { text: at.toLocaleString({ month: "short", day: "numeric" }), isDay: isMidnight && unit !== "days" };
    }
    const clock = unit === "seconds" ? DateTime.TIME_WITH_SECONDS : DateTime.TIME_SIMPLE;
    return { text: at.toLocaleString(clock), isDay: false };
}
