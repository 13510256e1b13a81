import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { onMounted, onWillRender, onWillUnmount, useComponent } from "@odoo/owl";

const TICK = 1000;
/** A difference smaller than this is the network, not the clock. */
const TOLERATED_SKEW = 2000;

/**
 * The one ticking clock of the page. It runs only while somebody shows an age, and it follows
 * the server: wall tablets are often minutes off, and an age measured with a wrong clock is a lie.
 */
export class Clock {
    constructor() {
        this.offset = 0;
        this.listeners = new Set();
        this.timer = null;
    }

    /** @returns {number} the server's time in milliseconds, as far as known */
    now() {
        return Date.now() + this.offset;
    }

    /**
     * Takes over the server's time.
     *
     * @param {number} serverMs the time the server answered with, in milliseconds
     * @param {number} [askedAt] local time when it was asked
     */
    follow(serverMs, askedAt = Date.now()) {
        if (!Number.isFinite(serverMs)) {
            return;
        }
        const offset = Math.round(serverMs - (askedAt + Date.now()) / 2);
        this.offset = Math.abs(offset) > TOLERATED_SKEW ? offset : 0;
        this._tick();
    }

    /**
     * @param {(now: number) => void} listener called every second
     * @returns {() => void} ends the subscription
     */
    subscribe(listener) {
        this.listeners.add(listener);
        if (this.timer === null) {
            this.timer = browser.setInterval(() => this._tick(), TICK);
        }
        return () => {
            this.listeners.delete(listener);
            if (!this.listeners.size && this.timer !== null) {
                browser.clearInterval(this.timer);
                this.timer = null;
            }
        };
    }

    _tick() {
        const now = this.now();
        for (const listener of [...this.listeners]) {
            listener(now);
        }
    }
}

export const clockService = {
    start() {
        return new Clock();
    },
};

registry.category("services").add("fusion_clock", clockService);

/**
 * Renders the component again whenever what it shows has changed by the mere passing of time.
 *
 * @param {(now: number) => any} signature a primitive that stands for what is shown at `now`;
 *  a text that stays "3 min" for a minute costs one render a minute, not sixty
 * @returns {Clock}
 */
export function useTicking(signature) {
    const component = useComponent();
    const clock = useService("fusion_clock");
    let shown;
    let unsubscribe = () => {};
    onWillRender(() => {
        shown = signature(clock.now());
    });
    onMounted(() => {
        unsubscribe = clock.subscribe((now) => {
            if (signature(now) !== shown) {
                component.render();
            }
        });
    });
    onWillUnmount(() => unsubscribe());
    return clock;
}
