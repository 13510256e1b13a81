import { isOnDark } from "@fusion_iot_base/chart/chart_ground";

/**
 * Colours of the trend. Grey for everything that is normal; a saturated colour means that
 * something is not.
 */
const LIGHT = {
    text: "#374151",
    muted: "#6b7280",
    grid: "rgba(17, 24, 39, 0.07)",
    surface: "#ffffff",
    line: "#374151",
    envelope: "rgba(55, 65, 81, 0.22)",
    spec: "rgba(71, 85, 105, 0.08)",
    specEdge: "#64748b",
    action: "rgba(71, 85, 105, 0.09)",
    actionEdge: "#94a3b8",
    adjust: "#b26a00",
    alarm: "#c62828",
    alarmWash: "rgba(198, 40, 40, 0.07)",
    suspect: "#6d28d9",
    bad: "#111827",
    hatch: "rgba(75, 85, 99, 0.35)",
    hatchWash: "rgba(148, 163, 184, 0.10)",
};

const DARK = {
    text: "#e5e7eb",
    muted: "#9ca3af",
    grid: "rgba(255, 255, 255, 0.08)",
    surface: "#262a36",
    line: "#d1d5db",
    envelope: "rgba(209, 213, 219, 0.25)",
    spec: "rgba(148, 163, 184, 0.10)",
    specEdge: "#94a3b8",
    action: "rgba(148, 163, 184, 0.12)",
    actionEdge: "#64748b",
    adjust: "#fbbf24",
    alarm: "#f87171",
    alarmWash: "rgba(248, 113, 113, 0.12)",
    suspect: "#c4b5fd",
    bad: "#f9fafb",
    hatch: "rgba(203, 213, 225, 0.35)",
    hatchWash: "rgba(148, 163, 184, 0.10)",
};

/**
 * The colours that fit where the chart is drawn.
 *
 * @param {HTMLElement} element
 * @param {string | undefined} colorScheme what to go by when nothing below has a colour
 * @returns {typeof LIGHT}
 */
export function trendTheme(element, colorScheme) {
    return isOnDark(element, colorScheme) ? DARK : LIGHT;
}
