/** Colours of the trend, beside those of all charts. */
export const TREND_COLORS = {
    light: {
        line: "#374151",
        envelope: "rgba(55, 65, 81, 0.22)",
        spec: "rgba(71, 85, 105, 0.08)",
        specEdge: "#64748b",
        action: "rgba(71, 85, 105, 0.09)",
        alarmWash: "rgba(198, 40, 40, 0.07)",
        suspect: "#6d28d9",
        bad: "#111827",
        hatch: "rgba(75, 85, 99, 0.35)",
        hatchWash: "rgba(148, 163, 184, 0.10)",
    },
    dark: {
        line: "#d1d5db",
        envelope: "rgba(209, 213, 219, 0.25)",
        spec: "rgba(148, 163, 184, 0.10)",
        specEdge: "#94a3b8",
        action: "rgba(148, 163, 184, 0.12)",
        alarmWash: "rgba(248, 113, 113, 0.12)",
        suspect: "#c4b5fd",
        bad: "#f9fafb",
        hatch: "rgba(203, 213, 225, 0.35)",
        hatchWash: "rgba(148, 163, 184, 0.10)",
    },
};
