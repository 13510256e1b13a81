import { describe, expect, test } from "@odoo/hoot";
import {
    leftOutWorkers,
    overloadedWorkers,
    runtimeLevel,
    troubledWorkers,
} from "@fusion_iot/runtime/runtime_health";

describe.current.tags("headless");

function health(states, values = {}) {
    return { alive: true, since: false, workers: states.map((state, id) => ({ id, state })), ...values };
}

test("nothing has to run, or all is well", () => {
    expect(runtimeLevel(null)).toBe("unknown");
    expect(runtimeLevel(health([]))).toBe("ok");
    expect(runtimeLevel(health(["connected", "connecting", "stopped"]))).toBe("ok");
});

test("a server that does not get through is trouble, no server is worse", () => {
    expect(runtimeLevel(health(["connected", "retrying"]))).toBe("troubled");
    expect(runtimeLevel(health(["failed"]))).toBe("troubled");
    expect(troubledWorkers(health(["failed", "connected", "retrying"]))).toHaveLength(2);
    expect(runtimeLevel(health(["waiting", "retrying"], { alive: false }))).toBe("dead");
});

test("one that gets more than it can take is trouble, and one of its own kind", () => {
    const workers = [
        { id: 1, state: "connected", overload: "Too much" },
        { id: 2, state: "connected", overload: "" },
        { id: 3, state: "retrying", overload: "Too much" },
    ];
    expect(overloadedWorkers({ workers }).map(({ id }) => id)).toEqual([1]);
    expect(runtimeLevel(health([], { workers: workers.slice(0, 1) }))).toBe("troubled");
    expect(runtimeLevel(health([], { workers: workers.slice(1, 2) }))).toBe("ok");
});

test("some left out are named, all left out are the runtime", () => {
    expect(leftOutWorkers(health(["waiting", "connected"])).map(({ id }) => id)).toEqual([0]);
    expect(leftOutWorkers(health(["waiting", "waiting", "stopped"]))).toEqual([]);
});
