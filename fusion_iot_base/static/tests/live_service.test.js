import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { EventBus, reactive } from "@odoo/owl";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { Clock } from "@fusion_iot_base/live/clock_service";
import { LiveService } from "@fusion_iot_base/live/live_service";

describe.current.tags("headless");

let bus;
let monitoring;
let live;
let fetches;

class FakeBus extends EventBus {
    subscribe(_type, callback) {
        this.nudge = callback;
    }
    start() {}
}

beforeEach(() => {
    patchWithCleanup(browser, {
        fetch: async () => ({ headers: new Headers({ Date: new Date().toUTCString() }) }),
    });
    bus = new FakeBus();
    monitoring = reactive({ isConnectionLost: false });
    live = new LiveService(bus, monitoring, new Clock());
    fetches = [];
});

function add(name, options, result = async () => true) {
    return live.add(() => {
        fetches.push(name);
        return result();
    }, options);
}

test("only who asked for the kind and the tank is refreshed", async () => {
    const members = [
        add("all"),
        add("readings", { kinds: ["reading"] }),
        add("tank 1", { tankIds: () => [1] }),
        add("tank 2 holds", { kinds: ["hold"], tankIds: () => [2] }),
    ];
    bus.nudge({ kind: "reading", tank_ids: [1] });
    await advanceTime(400);
    expect(fetches).toEqual(["all", "readings", "tank 1"]);
    fetches = [];
    bus.nudge({ kind: "hold", tank_ids: [] });
    await advanceTime(400);
    expect(fetches).toEqual(["all", "tank 1", "tank 2 holds"]);
    members.forEach((member) => member.stop());
});

test("everything is fetched again after a reconnection", async () => {
    const member = add("values", { kinds: ["reading"] });
    bus.trigger("BUS:RECONNECT");
    await advanceTime(0);
    expect(fetches).toEqual(["values"]);
    member.stop();
});

test("a lost channel is probed, and a working fetch makes it slow, not lost", async () => {
    const member = add("values");
    expect(live.state).toInclude(["busLost", false]);
    monitoring.isConnectionLost = true;
    expect(live.state).toInclude(["busLost", true]);
    expect(live.state).toInclude(["fetchProved", false]);
    await advanceTime(0);
    expect(fetches).toEqual(["values"]);
    expect(live.state).toInclude(["fetchProved", true]);
    member.stop();
    expect(live.state).toInclude(["listeners", 0]);
});

test("a fetch without a connection is shown until one succeeds", async () => {
    let works = false;
    const member = add("values", {}, async () => {
        if (!works) {
            throw new ConnectionLostError("/web");
        }
    });
    const before = live.state.goodAt;
    member.refresh();
    await advanceTime(0);
    await animationFrame();
    expect(live.state).toInclude(["fetchLost", true]);
    expect(live.state.goodAt).toBe(before);
    works = true;
    await advanceTime(10_000);
    await animationFrame();
    expect(live.state).toInclude(["fetchLost", false]);
    expect(live.state.goodAt).toBeGreaterThan(before);
    member.stop();
});

test("values that could not be refreshed keep their time", async () => {
    const member = add("values", {}, async () => false);
    const before = live.state.goodAt;
    await advanceTime(30_000);
    expect(fetches).toEqual(["values"]);
    expect(live.state.goodAt).toBe(before);
    member.stop();
});

test("the clock follows the server when the tablet is wrong", () => {
    const clock = new Clock();
    clock.follow(Date.now() + 900);
    expect(clock.offset).toBe(0);
    clock.follow(Date.now() - 7 * 60_000);
    expect(clock.offset).toBeWithin(-421_000, -419_000);
    clock.follow(NaN);
    expect(clock.offset).toBeWithin(-421_000, -419_000);
});
