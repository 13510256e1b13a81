import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

export const ENDED = "fusion_iot/command";
const OPEN = ["queued", "sent"];
/** Time between two questions while nothing is pushed, in milliseconds: the first, and the longest. */
const FIRST_POLL = 500;
const LONGEST_POLL = 2000;

/**
 * @typedef {Object} Outcome
 * @property {number} id
 * @property {string} summary what it is, for people
 * @property {"queued" | "sent" | "done" | "failed" | "expired"} state
 * @property {string} answer what the device said, or why there is nothing from it, for people
 * @property {any} result the same for programs
 */

/**
 * Waits for what became of commands. The server holds no request up for that: it tells over its websocket when one has
 * ended, and is asked now and then in case that was missed.
 */
export class Commands {
    constructor(orm, bus) {
        this.orm = orm;
        this.bus = bus;
        /** Functions that end a pause, by the ids whose end they wait for. */
        this.pauses = new Map();
        this.bus.subscribe(ENDED, ({ ids }) => this.onEnded(ids));
    }

    /**
     * @param {number[]} ids of `iot.command` records, each of which has a deadline
     * @returns {Promise<Outcome[]>} once all of them have ended
     */
    async wait(ids) {
        this.bus.start();
        for (let pause = FIRST_POLL; ; pause = Math.min(2 * pause, LONGEST_POLL)) {
            const outcomes = await this.orm.silent.call("iot.command", "outcome", [ids]);
            if (!outcomes.some(({ state }) => OPEN.includes(state))) {
                return outcomes;
            }
            await this.pause(ids, pause);
        }
    }

    pause(ids, ms) {
        return new Promise((resolve) => {
            const end = () => {
                browser.clearTimeout(timer);
                this.pauses.delete(end);
                resolve();
            };
            const timer = browser.setTimeout(end, ms);
            this.pauses.set(end, ids);
        });
    }

    onEnded(ended) {
        for (const [end, ids] of [...this.pauses]) {
            if (ids.some((id) => ended.includes(id))) {
                end();
            }
        }
    }
}

export const commandsService = {
    dependencies: ["orm", "bus_service"],
    start(_env, { orm, bus_service: bus }) {
        return new Commands(orm, bus);
    },
};

registry.category("services").add("fusion_commands", commandsService);
