import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { DeviceController } from "./device_controller";

/** Time between two fetches while nothing can be pushed, in milliseconds. */
const POLL_WITHOUT_PUSH = 2000;

/**
 * What the devices say that somebody on this page listens to.
 *
 * The server nudges over its websocket when one of them has said something, and what that was is fetched, so that
 * the rights of the user decide each time. Where the websocket is lost, fetching goes on by itself.
 */
export class Devices {
    constructor(orm, live, monitoring, commands) {
        this.orm = orm;
        this.live = live;
        this.monitoring = monitoring;
        this.commands = commands;
        this.ids = new Map();
        /** Functions that take the channels and events of a device, by its identifier. */
        this.listeners = new Map();
        /** Last event that was handed over, by the same. */
        this.heard = new Map();
        this.member = null;
        this.timer = null;
    }

    /**
     * @param {string} identifier what the device calls itself, as in the register
     * @returns {DeviceController}
     */
    of(identifier) {
        return new DeviceController(this, identifier);
    }

    /** @returns {Promise<number | undefined>} none when there is no such device, or the user may not see it */
    async idOf(identifier) {
        if (!this.ids.has(identifier)) {
            const [id] = await this.orm.search("iot.device", [["identifier", "=", identifier]], { limit: 1 });
            if (id) {
                this.ids.set(identifier, id);
            }
        }
        return this.ids.get(identifier);
    }

    addListener(identifier, callback) {
        const take = news(callback);
        if (!this.listeners.has(identifier)) {
            this.listeners.set(identifier, new Set());
        }
        this.listeners.get(identifier).add(take);
        this.member ??= this.live.add(() => this.fetch(), {
            kinds: ["device"],
            ids: { device_ids: () => this.heardIds() },
            background: true,
        });
        this.member.refresh();
        return () => this.removeListener(identifier, take);
    }

    removeListener(identifier, take) {
        const takers = this.listeners.get(identifier);
        takers?.delete(take);
        if (takers && !takers.size) {
            this.listeners.delete(identifier);
            this.heard.delete(identifier);
        }
        if (!this.listeners.size) {
            this.member?.stop();
            this.member = null;
            browser.clearTimeout(this.timer);
        }
    }

    heardIds() {
        return [...this.listeners.keys()].map((identifier) => this.ids.get(identifier)).filter(Boolean);
    }

    async fetch() {
        const told = await this.orm.silent.call("iot.device", "listen", [
            [...this.listeners.keys()],
            Object.fromEntries(this.heard),
        ]);
        for (const [identifier, { id, channels, events, last_event: last }] of Object.entries(told)) {
            this.ids.set(identifier, id);
            const takers = this.listeners.get(identifier);
            if (takers) {
                this.heard.set(identifier, last);
            }
            for (const take of [...(takers || [])]) {
                if (takers.has(take)) {
                    take(channels, events);
                }
            }
        }
        browser.clearTimeout(this.timer);
        if (this.monitoring.isConnectionLost) {
            this.timer = browser.setTimeout(() => this.member?.refresh(), POLL_WITHOUT_PUSH);
        }
    }
}

/** Hands over only what was not handed over before. */
function news(callback) {
    const known = new Map();
    const hand = (kind, told) => {
        try {
            callback({ ...told, kind, at: deserializeDateTime(told.at) });
        } catch (error) {
            // Whoever else listens is to hear it all the same.
            Promise.reject(error);
        }
    };
    return (channels, events) => {
        for (const row of channels) {
            const key = JSON.stringify([row.channel, row.quantity]);
            const told = JSON.stringify([row.at, row.value, row.quality]);
            if (known.get(key) !== told) {
                known.set(key, told);
                hand("measurement", row);
            }
        }
        for (const event of events) {
            hand("event", event);
        }
    };
}

export const devicesService = {
    dependencies: ["orm", "fusion_live", "bus.monitoring_service", "fusion_commands"],
    start(_env, { orm, fusion_live: live, fusion_commands: commands, ...services }) {
        return new Devices(orm, live, services["bus.monitoring_service"], commands);
    },
};

registry.category("services").add("fusion_devices", devicesService);
