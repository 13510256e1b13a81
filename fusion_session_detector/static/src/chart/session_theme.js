import { isOnDark } from "@fusion_iot_base/chart/chart_ground";

/**
 * Colours of phases and of power. One hue for a machine that is on, the stronger the more it does: no phase is an
 * alarm.
 */
const LIGHT = {
    text: "#374151",
    muted: "#6b7280",
    grid: "rgba(17, 24, 39, 0.07)",
    surface: "#ffffff",
    edge: "#94a3b8",
    line: "#1f2937",
    working: "rgba(36, 98, 148, 0.38)",
    standby: "rgba(36, 98, 148, 0.13)",
    passing: "rgba(75, 85, 99, 0.45)",
    threshold: "#7c3aed",
};

const DARK = {
    text: "#e5e7eb",
    muted: "#9ca3af",
    grid: "rgba(255, 255, 255, 0.08)",
    surface: "#262a36",
    edge: "#64748b",
    line: "#e5e7eb",
    working: "rgba(96, 165, 216, 0.45)",
    standby: "rgba(96, 165, 216, 0.18)",
    passing: "rgba(203, 213, 225, 0.45)",
    threshold: "#c4b5fd",
};

/**
 * @param {HTMLElement} element where the chart is drawn
 * @param {string | undefined} colorScheme what to go by when nothing below has a colour
 * @returns {typeof LIGHT}
 */
export function sessionTheme(element, colorScheme) {
    return isOnDark(element, colorScheme) ? DARK : LIGHT;
}
