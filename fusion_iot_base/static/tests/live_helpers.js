/**
 * What tests of live screens share, whichever addon the screen belongs to.
 */
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { EventBus } from "@odoo/owl";
import { getService, onRpc } from "@web/../tests/web_test_helpers";
import { NUDGE } from "@fusion_iot_base/live/live_service";

/** Longer than a screen coalesces nudges. */
const COALESCED = 400;

/** Stands in for the bus service: the test sends what the server would. */
export class MockBus extends EventBus {
    callbacks = new Map();

    subscribe(type, callback) {
        this.callbacks.set(type, callback);
    }
    start() {}
    send(type, payload) {
        this.callbacks.get(type)(payload);
    }
    nudge(payload) {
        this.send(NUDGE, payload);
    }
}

/** Answers live screens that ask the server for its time; without a date in the answer they keep their own. */
export function mockServerClock() {
    onRpc("/web/health", () => "", { pure: true });
}

/**
 * Tells the mounted screens of a change, and waits until they show it.
 *
 * @param {string} kind
 * @param {Object<string, number[]>} [ids] the records it is about, such as `{ device_ids: [7] }`
 * @param {number} [wait] milliseconds that the screens are given to fetch
 */
export async function nudge(kind, ids = {}, wait = COALESCED) {
    getService("fusion_live").onNudge({ kind, ...ids });
    await advanceTime(wait);
    await animationFrame();
    await animationFrame();
}
