/**
 * Colours of phases and of power, beside those of all charts. One hue for a machine that is on, the stronger the more
 * it does: no phase is an alarm.
 */
export const SESSION_COLORS = {
    light: {
        line: "#1f2937",
        working: "rgba(36, 98, 148, 0.38)",
        standby: "rgba(36, 98, 148, 0.13)",
        passing: "rgba(75, 85, 99, 0.45)",
        threshold: "#7c3aed",
    },
    dark: {
        line: "#e5e7eb",
        working: "rgba(96, 165, 216, 0.45)",
        standby: "rgba(96, 165, 216, 0.18)",
        passing: "rgba(203, 213, 225, 0.45)",
        threshold: "#c4b5fd",
    },
};
