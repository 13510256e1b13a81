import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { effect } from "@web/core/utils/reactive";
import { useService } from "@web/core/utils/hooks";
import { onMounted, onWillUnmount, reactive } from "@odoo/owl";
import { RefreshLoop } from "./refresh_loop";

export const NUDGE = "fusion_iot/nudge";
/** Any page of the server would do: only the `Date` header of the answer is read. */
const CLOCK_ROUTE = "/web/health";

/**
 * @typedef {Object} LiveOptions
 * @property {string[]} [kinds] kinds of nudge to follow; none given: all
 * @property {Object<string, () => number[]>} [ids] records of interest by the key that nudges name them with, such as
 *  `{ device_ids: () => [7] }`; a key that is not given, or gives no ids: all of them
 * @property {() => number} [minInterval] shortest time between two fetches, in milliseconds
 * @property {number} [pollEvery] longest time between two fetches, in milliseconds
 * @property {boolean} [background] nothing on the screen: the connection banner has nothing to say about it
 */

/**
 * Keeps what is on the screen as fresh as the server: the server nudges (ids only), every
 * subscriber fetches what it may see.
 */
export class LiveService {
    constructor(busService, monitoring, clock) {
        this.bus = busService;
        this.clock = clock;
        this.members = new Map();
        /** What the connection banner shows; `goodAt` is the oldest data on the screen. */
        this.state = reactive({
            listeners: 0,
            busLost: false,
            fetchLost: false,
            fetchProved: true,
            goodAt: 0,
        });
        this.bus.subscribe(NUDGE, (payload) => this.onNudge(payload));
        this.bus.addEventListener("BUS:RECONNECT", () => this.refreshAll());
        effect((bus) => this.onBusState(bus.isConnectionLost), [monitoring]);
        browser.addEventListener("online", () => this.refreshAll());
        document.addEventListener("visibilitychange", () => this.onVisibility());
    }

    /**
     * @param {() => Promise<any>} callback fetches and shows; `false` means "not now" (the user edits)
     * @param {LiveOptions} options
     * @returns {{refresh: () => void, stop: () => void}}
     */
    add(callback, { kinds = [], ids = {}, minInterval, pollEvery, background = false } = {}) {
        const loop = new RefreshLoop({
            run: callback,
            timers: {
                set: (handler, ms) => browser.setTimeout(handler, ms),
                clear: (handle) => browser.clearTimeout(handle),
            },
            now: () => Date.now(),
            minInterval,
            pollEvery,
            onSettled: (error, result) => this.onSettled(loop, error, result),
        });
        this.members.set(loop, { kinds, ids, background, goodAt: Date.now(), failed: false });
        if (this.members.size === 1) {
            this.bus.start();
        }
        if (!background && !this.state.listeners) {
            this.syncClock();
        }
        this.updateState();
        loop.start();
        if (document.hidden) {
            loop.pause();
        }
        return {
            refresh: () => loop.refresh(),
            stop: () => {
                loop.stop();
                this.members.delete(loop);
                this.updateState();
            },
        };
    }

    refreshAll() {
        for (const loop of this.members.keys()) {
            loop.refresh();
        }
    }

    /**
     * @param {{kind: string}} nudge whatever else it names by a key `SOMETHING_ids` is up to the addon that sends it
     */
    onNudge({ kind, ...named }) {
        for (const [loop, { kinds, ids }] of this.members) {
            const isOfKind = !kinds.length || kinds.includes(kind);
            if (isOfKind && Object.entries(ids).every(([key, wanted]) => concerns(wanted(), named[key]))) {
                loop.nudge();
            }
        }
    }

    onBusState(isLost) {
        this.state.busLost = isLost;
        this.state.fetchProved = !isLost;
        if (isLost) {
            this.refreshAll();
        }
    }

    onVisibility() {
        for (const loop of this.members.keys()) {
            if (document.hidden) {
                loop.pause();
            } else {
                loop.resume();
            }
        }
    }

    onSettled(loop, error, result) {
        const member = this.members.get(loop);
        const isNotShown = member.background && (!error || error instanceof ConnectionLostError);
        if (isNotShown || (!error && result === false)) {
            return;
        }
        if (!error) {
            member.goodAt = Date.now();
            member.failed = false;
            if (this.state.fetchLost) {
                this.syncClock();
            }
            this.state.fetchLost = false;
            this.state.fetchProved = true;
        } else if (error instanceof ConnectionLostError) {
            this.state.fetchLost = true;
            this.state.fetchProved = false;
        } else if (!member.failed) {
            // Told once: the next attempts fail the same way, and a dialog every 30 s helps nobody.
            member.failed = true;
            Promise.reject(error);
        }
        this.updateState();
    }

    updateState() {
        const shown = [...this.members.values()].filter((member) => !member.background);
        const times = shown.map((member) => member.goodAt);
        this.state.listeners = times.length;
        this.state.goodAt = times.length ? Math.min(...times) : 0;
        if (!times.length) {
            this.state.fetchLost = false;
        }
    }

    async syncClock() {
        const askedAt = Date.now();
        try {
            const response = await browser.fetch(CLOCK_ROUTE, { method: "HEAD", cache: "no-store" });
            // The header has no fractions of a second: the middle of that second is the best guess.
            this.clock.follow(Date.parse(response.headers.get("Date")) + 500, askedAt);
        } catch {
            // Without an answer the local clock is the best there is.
        }
    }
}

/** Whether a change of the records `nudged` matters to a screen that shows `wanted`. None given: all of them. */
function concerns(wanted, nudged = []) {
    return !wanted?.length || !nudged.length || wanted.some((id) => nudged.includes(id));
}

export const liveService = {
    dependencies: ["bus_service", "bus.monitoring_service", "fusion_clock"],
    start(_env, services) {
        return new LiveService(
            services.bus_service,
            services["bus.monitoring_service"],
            services.fusion_clock
        );
    },
};

registry.category("services").add("fusion_live", liveService);

/**
 * Keeps a component fresh while it is on the screen.
 *
 * @param {() => Promise<any>} callback fetches and shows
 * @param {LiveOptions} [options]
 * @returns {{refresh: () => void}}
 */
export function useLiveRefresh(callback, options) {
    const live = useService("fusion_live");
    let member = null;
    onMounted(() => {
        member = live.add(callback, options);
    });
    onWillUnmount(() => member?.stop());
    return { refresh: () => member?.refresh() };
}
