/** How the severity of an alert is shown: its colour has one meaning on every screen, and a shape says the same. */
export const LEVELS = { critical: "danger", warning: "warning", info: "info" };
export const ICONS = { critical: "fa-exclamation-circle", warning: "fa-exclamation-triangle", info: "fa-info-circle" };
