import { isOnDark } from "./chart_ground";

/**
 * Colours that every chart has. What a chart adds is its own. Red, amber and teal mean what they mean on every screen
 * (see "Colours" in readme/DEVELOP.md); grey stands for what is normal everywhere.
 */
const LIGHT = {
    text: "#374151",
    muted: "#6b7280",
    grid: "rgba(17, 24, 39, 0.07)",
    surface: "#ffffff",
    edge: "#94a3b8",
    danger: "#c62828",
    warning: "#b26a00",
    info: "#0e7490",
};

const DARK = {
    text: "#e5e7eb",
    muted: "#9ca3af",
    grid: "rgba(255, 255, 255, 0.08)",
    surface: "#262a36",
    edge: "#64748b",
    danger: "#f87171",
    warning: "#fbbf24",
    info: "#22d3ee",
};

/**
 * The colours that fit where a chart is drawn.
 *
 * @param {HTMLElement} element
 * @param {string | undefined} colorScheme what to go by when nothing below has a colour
 * @param {{light?: Object<string, string>, dark?: Object<string, string>}} [own] colours of this chart
 * @returns {Object<string, string>}
 */
export function chartTheme(element, colorScheme, { light, dark } = {}) {
    return isOnDark(element, colorScheme) ? { ...DARK, ...dark } : { ...LIGHT, ...light };
}
