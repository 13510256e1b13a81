import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { onMounted, onWillUnmount, reactive } from "@odoo/owl";

export const MACHINES = "fusion_iot/machines";

/**
 * What machines draw right now, as the server tells it: no row is written for every watt, so that a record knows
 * less than this. Whoever shows it compares times: after a lost connection the record may know more.
 */
export class MachinesService {
    constructor(busService) {
        /** Device id -> `{power_w, phase, at, channel}`, `at` in milliseconds. */
        this.latest = reactive({});
        this.listeners = new Set();
        busService.subscribe(MACHINES, (payload) => this.onMachines(payload));
    }

    onMachines({ machines = {} }) {
        for (const [id, { power_w, phase, at, channel }] of Object.entries(machines)) {
            const heard = { power_w, phase, at: Date.parse(at), channel };
            if (heard.at >= (this.latest[id]?.at ?? 0)) {
                this.latest[id] = heard;
                for (const listener of [...this.listeners]) {
                    listener(Number(id), heard);
                }
            }
        }
    }

    /**
     * @param {(deviceId: number, heard: {power_w: number, phase: string, at: number}) => void} listener
     * @returns {() => void} ends the subscription
     */
    subscribe(listener) {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }
}

export const machinesService = {
    dependencies: ["bus_service"],
    start(_env, { bus_service: busService }) {
        return new MachinesService(busService);
    },
};

registry.category("services").add("fusion_machines", machinesService);

/**
 * Tells a component what machines draw, as it is heard, while it is on the screen.
 *
 * @param {(deviceId: number, heard: {power_w: number, phase: string, at: number}) => void} listener
 */
export function useHeard(listener) {
    const machines = useService("fusion_machines");
    let unsubscribe = () => {};
    onMounted(() => {
        unsubscribe = machines.subscribe(listener);
    });
    onWillUnmount(() => unsubscribe());
}
