/**
 * How urgent something is, said in a shape and a word as well: never by the colour alone. Nothing is imported here.
 *
 * @typedef {"danger" | "warning" | ""} Level
 */
const ICONS = { danger: "fa-exclamation-circle", warning: "fa-exclamation-triangle" };

/**
 * @param {Level} level
 * @returns {string} the class of its icon; none for what is normal
 */
export function levelIcon(level) {
    return ICONS[level] || "";
}

/**
 * The steps of a track of the set-up guide, with the first that is not done as the next one.
 *
 * @template {{done: boolean}} Step
 * @param {Step[]} steps
 * @returns {(Step & {isNext: boolean, number: number})[]}
 */
export function numberedSteps(steps) {
    const next = steps.findIndex(({ done }) => !done);
    return steps.map((step, index) => ({ ...step, number: index + 1, isNext: index === next }));
}
