/**
 * Whether a chart is drawn on something dark. The cookie says which scheme the user wants, but a page may have no
 * dark style to follow it with: what counts is what the chart stands on.
 *
 * @param {HTMLElement} element
 * @param {string | undefined} colorScheme what to go by when nothing below has a colour
 * @returns {boolean}
 */
export function isOnDark(element, colorScheme) {
    for (let node = element; node; node = node.parentElement) {
        const lightness = lightnessOf(getComputedStyle(node).backgroundColor);
        if (lightness !== null) {
            return lightness < 0.5;
        }
    }
    return colorScheme === "dark";
}

/**
 * @param {string} color as the browser computes it: "rgb(1, 2, 3)" or "rgba(1, 2, 3, 0.5)"
 * @returns {number | null} 0 to 1; null for a colour one can see through
 */
export function lightnessOf(color) {
    const [red, green, blue, alpha = 1] = (color.match(/[\d.]+/g) || []).map(Number);
    if (blue === undefined || alpha < 0.5) {
        return null;
    }
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
}
