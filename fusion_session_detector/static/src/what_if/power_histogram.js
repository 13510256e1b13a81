/**
 * The histogram of a machine's power as bars. Its bins grow with power: they are drawn equally wide. Nothing is
 * imported here.
 */

/**
 * Where a power lies on the axis of bins.
 *
 * @param {[number, number, number][]} bins `[from W, below W, seconds]`
 * @param {number | null} watts
 * @returns {number | null} percent from the left; null beyond the last bin, or without a power
 */
export function placePower(bins, watts) {
    if (typeof watts !== "number" || !(watts > 0)) {
        return null;
    }
    const index = bins.findIndex(([low, high]) => low <= watts && watts < high);
    if (index < 0) {
        return null;
    }
    const [low, high] = bins[index];
    const share = low > 0 ? Math.log(watts / low) / Math.log(high / low) : watts / high;
    return ((index + share) / bins.length) * 100;
}

/**
 * Bars whose height grows with the root of time: work is rare beside the nights, and still has to be seen.
 *
 * @param {[number, number, number][]} bins
 * @param {{standby: number, working: number}} thresholds W
 * @returns {{low: number, high: number, seconds: number, height: number, phase: string}[]} height in percent
 */
export function histogramBars(bins, { standby, working }) {
    const most = Math.max(1, ...bins.map(([, , seconds]) => seconds));
    return bins.map(([low, high, seconds]) => ({
        low,
        high,
        seconds,
        height: Math.sqrt(seconds / most) * 100,
        phase: phaseOf((low + high) / 2, standby, working),
    }));
}

function phaseOf(watts, standby, working) {
    if (watts >= working) {
        return "working";
    }
    return watts >= standby ? "standby" : "idle";
}

/**
 * Edges of bins to be written below them, at most so many.
 *
 * @param {[number, number, number][]} bins
 * @param {number} most
 * @returns {{left: number, watts: number}[]}
 */
export function histogramTicks(bins, most) {
    const step = Math.max(1, Math.ceil(bins.length / most));
    return bins
        .map(([low], index) => ({ left: (index / bins.length) * 100, watts: low }))
        .filter((_tick, index) => index % step === 0);
}
