const KIND = /^o_live_(?!every_)(\w+)$/;
const EVERY = /^o_live_every_(\d+)$/;

/**
 * What a live view follows, from the class names of its root node: `o_live_KIND` for every kind of nudge (none:
 * all kinds), and `o_live_every_SECONDS` for what changes without a nudge. They are class names because the
 * schema of lists lets no attribute of ours in.
 *
 * @param {Element} arch
 * @returns {import("../live/live_service").LiveOptions}
 */
export function liveOptions(arch) {
    const names = (arch.getAttribute("class") || "").split(/\s+/);
    const every = names.map((name) => name.match(EVERY)?.[1]).find(Boolean);
    return {
        kinds: names.map((name) => name.match(KIND)?.[1]).filter(Boolean),
        pollEvery: every && Number(every) * 1000,
    };
}
