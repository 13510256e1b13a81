import { _t } from "@web/core/l10n/translation";

/** How each phase of a machine is shown: always a text and a shape, never a colour alone. */
const PHASES = {
    idle: { icon: "fa-power-off", label: () => _t("Idle") },
    starting: { icon: "fa-hourglass-start", label: () => _t("Starting") },
    standby: { icon: "fa-pause", label: () => _t("Standby") },
    working: { icon: "fa-play", label: () => _t("Working") },
    stopping: { icon: "fa-hourglass-end", label: () => _t("Stopping") },
};

/** The phases that a session is drawn in, as they are listed in legends: a start is drawn as what it turned out to be. */
export const PHASES_ON = ["working", "standby", "stopping"];

/**
 * @param {string | false} phase
 * @returns {{icon: string, label: string}} a question mark for one that has said nothing since it has sessions
 */
export function describePhase(phase) {
    const found = PHASES[phase];
    return found
        ? { icon: found.icon, label: found.label() }
        : { icon: "fa-question", label: _t("Waiting for a message") };
}
