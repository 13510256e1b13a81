/**
 * Axes of power. The even one shows work true to scale; the stretched one shows what a machine draws off and in
 * standby as clearly as work, on a scale that is logarithmic above 10 W. Nothing is imported here.
 */

const KNEE_W = 10;
const STEPS = [1, 2, 5];

/**
 * @param {number} watts
 * @param {boolean} isStretched
 * @returns {number} place on the axis
 */
export function toAxis(watts, isStretched) {
    return isStretched ? Math.log10(1 + Math.max(0, watts) / KNEE_W) : watts;
}

/**
 * The highest power that the axis has to show: all that was drawn, and the thresholds.
 *
 * @param {number[]} powers
 * @param {number[]} thresholds
 * @returns {number} never 0
 */
export function topOf(powers, thresholds) {
    let top = 0;
    for (const power of powers) {
        top = Math.max(top, power);
    }
    for (const threshold of thresholds) {
        top = Math.max(top, threshold);
    }
    return (top || 1) * 1.06;
}

/**
 * Powers to be written at the axis: round ones, not more than fit.
 *
 * @param {number} top
 * @param {number} most
 * @param {boolean} isStretched
 * @returns {number[]} watts, rising, from 0
 */
export function powerTicks(top, most, isStretched) {
    if (isStretched) {
        return stretchedTicks(top, most);
    }
    const least = top / Math.max(1, most);
    const decade = 10 ** Math.floor(Math.log10(least));
    const step = (STEPS.find((factor) => factor * decade >= least) || 10) * decade;
    const ticks = [];
    for (let number = 0; number * step <= top; number++) {
        ticks.push(number * step);
    }
    return ticks;
}

function stretchedTicks(top, most) {
    const all = [];
    for (let decade = 1; decade <= top; decade *= 10) {
        all.push(...STEPS.map((factor) => factor * decade).filter((watts) => watts <= top));
    }
    const distance = toAxis(top, true) / Math.max(1, most);
    const ticks = [0];
    for (const watts of all) {
        if (toAxis(watts, true) - toAxis(ticks.at(-1), true) >= distance) {
            ticks.push(watts);
        }
    }
    return ticks;
}
